"""The words typed."""
