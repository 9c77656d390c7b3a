"""What each database driver, file API and lock means: one file each.

An adapter's ``instrument(control)`` is a context manager that patches the driver's classes at
their lowest common point and restores them. See ``control`` for what it tells the explorer.
"""
