"""What the calls of each library mean, as tables: one file a library, read by the static engine."""
