"""Text to tree to names: which files there are, what they define, what a name stands for.

Nothing of the project that is read is ever imported or run.
"""
