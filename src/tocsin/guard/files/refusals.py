"""What an operating system's error means to whoever sent the name."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from types import MappingProxyType, TracebackType

from tocsin.guard.errors import Conflict, GuardError, Malformed, Missing

# Links, devices and ways out are told as what is not there: what there is, is nobody's business.
_MISSING = (Missing, "there is no such file")
_MALFORMED = (Malformed, "a name that files cannot have")
_TAKEN = (Conflict, "there is something of that name")

MEANINGS: Mapping[int, tuple[type[GuardError], str]] = MappingProxyType(
    {
        errno.ENOENT: _MISSING,
        errno.ENOTDIR: _MISSING,
        errno.ELOOP: _MISSING,
        errno.EMLINK: _MISSING,  # O_NOFOLLOW on FreeBSD
        errno.EXDEV: _MISSING,
        errno.EISDIR: _MISSING,
        errno.ENXIO: _MISSING,  # a socket, a device without a driver
        errno.ENODEV: _MISSING,
        errno.ENAMETOOLONG: _MALFORMED,
        errno.EILSEQ: _MALFORMED,
        errno.EINVAL: _MALFORMED,
        errno.EEXIST: _TAKEN,
    }
)


def refuse(error: BaseException | None) -> None:
    """Raise the ``GuardError`` that an error of a name is; others stay what they are."""
    if isinstance(error, OSError) and (meaning := MEANINGS.get(error.errno or 0)):
        refusal, detail = meaning
        raise refusal(detail) from error


class Refusals:
    """A block in which errors that come from the name are a ``GuardError``.

    Others stay what they are: a full disk, rights.
    """

    __slots__ = ()

    def __enter__(self) -> None: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        refuse(error)
