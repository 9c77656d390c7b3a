"""Thin drivers: how requests run (an event loop, threads); who runs is the scheduler's matter."""
