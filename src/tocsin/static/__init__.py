"""Finds windows in source: effects per function, composed over calls, judged by rules."""
