"""Shared memory: which lines of the app touch it, what they access, where threads may switch."""
