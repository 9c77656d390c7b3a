"""Guards against races, for code that runs in production.

The core imports the standard library only. What belongs to a library stands in the module of its
name: ``tocsin.guard.sqlalchemy``, ``.django``, ``.redis``, ``.fastapi``, ``.flask``.
"""
