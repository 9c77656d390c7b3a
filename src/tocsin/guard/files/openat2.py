"""Opening beneath a folder in one call of the kernel: openat2(2), Linux 5.6 and later.

The kernel refuses, while it walks: parts that lead out of the folder, symbolic links, and the
links of ``/proc`` that are none. Nothing can be swapped between two of its steps.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import sys
from collections.abc import Callable

_NUMBER = 437  # The same on every architecture but alpha.
_RESOLVE_NO_MAGICLINKS = 0x02
_RESOLVE_NO_SYMLINKS = 0x04
_RESOLVE_BENEATH = 0x08
_RESOLVE = _RESOLVE_BENEATH | _RESOLVE_NO_SYMLINKS | _RESOLVE_NO_MAGICLINKS


class _How(ctypes.Structure):
    _fields_ = (
        ("flags", ctypes.c_uint64),
        ("mode", ctypes.c_uint64),
        ("resolve", ctypes.c_uint64),
    )


_SIZE = ctypes.sizeof(_How)


@functools.cache
def _syscall() -> Callable[..., int]:
    call: Callable[..., int] = ctypes.CDLL(None, use_errno=True).syscall
    call.argtypes = (  # type: ignore[attr-defined]
        ctypes.c_long,
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.POINTER(_How),
        ctypes.c_size_t,
    )
    call.restype = ctypes.c_long  # type: ignore[attr-defined]
    return call


def opened(path: str, flags: int, mode: int = 0o777, *, dir_fd: int) -> int:
    """A descriptor of the file ``path`` beneath the folder ``dir_fd``, as ``os.open`` gives it.

    Raises OSError as the kernel says it: ELOOP for a symbolic link, EXDEV for a way out.
    """
    name = os.fsencode(path)
    if b"\0" in name:
        raise ValueError("embedded null byte")
    sys.audit("open", path, None, flags)
    # The kernel wants no mode where nothing is created.
    how = _how(flags | os.O_CLOEXEC, mode if flags & os.O_CREAT else 0)
    while True:
        found = _syscall()(_NUMBER, dir_fd, name, how, _SIZE)
        if found >= 0:
            return found
        reason = ctypes.get_errno()
        if reason != errno.EINTR:
            raise OSError(reason, os.strerror(reason), path)


@functools.lru_cache(maxsize=64)
def _how(flags: int, mode: int) -> object:
    # Kept, and shared by threads: the kernel only reads it.
    return ctypes.pointer(_How(flags, mode, _RESOLVE))


def available(dir_fd: int) -> bool:
    """Whether this kernel has the call, and lets this process make it."""
    if sys.platform != "linux" or os.uname().machine == "alpha":
        return False
    try:
        os.close(opened(".", os.O_PATH | os.O_DIRECTORY, dir_fd=dir_fd))
    except OSError as error:
        # Older kernels do not know it; filters of older containers forbid what they do not know.
        if error.errno in {errno.ENOSYS, errno.EPERM, errno.EINVAL}:
            return False
        raise
    return True
