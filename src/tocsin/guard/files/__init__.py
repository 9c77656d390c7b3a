"""Files beneath a folder that no name leads out of; nothing here looks first and opens then.

A `Root` opens, creates, replaces and removes; `upload_name` and `fresh_name` make names of what a
client calls its file. Needs a POSIX system: on Windows a ``Root`` cannot be made.
"""

from tocsin.guard.files.draft import Draft
from tocsin.guard.files.names import fresh_name, parts, upload_name
from tocsin.guard.files.root import Root

__all__ = ["Draft", "Root", "fresh_name", "parts", "upload_name"]
