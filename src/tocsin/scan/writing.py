"""Files replaced as a whole, or left alone: never half of one."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path


def replaced(path: str, old: bytes, new: bytes) -> str:
    """Put ``new`` in the place of ``old``; gives why not, without a full stop, or nothing.

    A file that is no longer as it was read is left alone. Symbolic links stay links.
    """
    place = Path(path).resolve()
    try:
        if place.read_bytes() != old:
            return "was changed meanwhile, and is left as it is"
        handle, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(new)
            shutil.copymode(place, name)
            Path(name).replace(place)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        return f"cannot be written: {error.strerror}"
    return ""
