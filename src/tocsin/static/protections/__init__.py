"""What closes a window, or only looks as if it did: one file for each kind."""
