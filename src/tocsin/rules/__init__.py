"""The rule catalogue: one row and one page for each code, whichever engine finds it."""
