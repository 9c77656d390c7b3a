"""Opening beneath a folder one part at a time, where the kernel has no call for all of it.

Each part is opened in the folder that was opened before it, and a symbolic link is refused by the
call that would follow it: whoever swaps a folder for a link is too early or too late.
"""

from __future__ import annotations

import os

_PASSING = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def opened(path: str, flags: int, mode: int = 0o777, *, dir_fd: int) -> int:
    """A descriptor of the file ``path`` beneath the folder ``dir_fd``, as ``os.open`` gives it.

    ``path`` has no part that is ``..``. Raises OSError: ENOTDIR or ELOOP for a symbolic link.
    """
    if "/" not in path:
        return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, mode, dir_fd=dir_fd)
    *folders, last = path.split("/")
    here = dir_fd
    try:
        for folder in folders:
            beneath = os.open(folder, _PASSING, dir_fd=here)
            if here != dir_fd:
                os.close(here)
            here = beneath
        return os.open(last, flags | os.O_NOFOLLOW | os.O_CLOEXEC, mode, dir_fd=here)
    finally:
        if here != dir_fd:
            os.close(here)
