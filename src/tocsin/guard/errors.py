"""How a guard refuses: exceptions that know their HTTP status.

Nothing has been done when one of them is raised: a guard refuses before its effect, or rolls the
effect back. The adapter of each framework answers with ``problem.of(error)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

_NONE: Mapping[str, str] = MappingProxyType({})


class GuardError(Exception):
    """A request that was refused.

    ``detail`` is for whoever sent the request, ``headers`` go into the answer.
    """

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal Server Error"

    def __init__(self, detail: str, *, headers: Mapping[str, str] = _NONE) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = MappingProxyType(dict(headers))


class NotModified(GuardError):
    """Whoever asks has it already: RFC 9110, 15.4.5. The answer has no body."""

    status = 304
    title = "Not Modified"


class Malformed(GuardError):
    """What was sent cannot be read: RFC 9110, 15.5.1."""

    status = 400
    title = "Bad Request"


class Unauthenticated(GuardError):
    """Nobody is known to have sent this: RFC 9110, 15.5.2. ``headers`` name a way to log in."""

    status = 401
    title = "Unauthorized"


class Denied(GuardError):
    """Whoever sent this may not do it."""

    status = 403
    title = "Forbidden"


class Missing(GuardError):
    """There is no such thing, or whoever asks may not know that there is."""

    status = 404
    title = "Not Found"


class Conflict(GuardError):
    """The state does not allow this any more."""

    status = 409
    title = "Conflict"


class PreconditionFailed(GuardError):
    """``If-Match`` or ``If-None-Match`` does not hold: RFC 9110, 15.5.13."""

    status = 412
    title = "Precondition Failed"


class TooLarge(GuardError):
    """More was sent than is accepted: RFC 9110, 15.5.14."""

    status = 413
    title = "Content Too Large"


class Unprocessable(GuardError):
    """Well formed, and contradicts what was sent before."""

    status = 422
    title = "Unprocessable Content"


class PreconditionRequired(GuardError):
    """A change that has to name the version it changes: RFC 6585, 3."""

    status = 428
    title = "Precondition Required"


class TooMany(GuardError):
    """A limit is used up: RFC 6585, 4. ``retry_after`` is in whole seconds."""

    status = 429
    title = "Too Many Requests"

    def __init__(
        self, detail: str, *, retry_after: int, headers: Mapping[str, str] = _NONE
    ) -> None:
        super().__init__(detail, headers={**headers, "Retry-After": str(retry_after)})
        self.retry_after = retry_after
