"""What closes a window, written into the user's source with its formatting and comments kept."""
