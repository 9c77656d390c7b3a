"""What is tried: one attack a file, as data and pure judging."""
