"""Applications with one guard each, and their twins without: what the explorer is asked about."""
