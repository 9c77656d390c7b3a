"""Which schedules are run: one search a file."""
