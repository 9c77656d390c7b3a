"""Names that say what a column or a table is for."""

from __future__ import annotations

import re
from collections.abc import Iterable

_VERSION = re.compile(r"(?:^|_)(?:version|revision|rev|etag|lock_version|version_id)$")
_STAMP = re.compile(r"(?:^|_)(?:updated|modified|changed|last_modified|edited)(?:_(?:at|on))?$")
_CONFLICTS = re.compile(r"409|412|428|conflict|precondition|stale|concurren|version", re.IGNORECASE)

_ONCE = re.compile(
    r"token|nonce|otp|one_?time|invit|voucher|coupon|magic_?link|recovery|reset|verif|challenge"
    r"|auth(?:orization)?_?code|activation|gift_?card|redeem",
    re.IGNORECASE,
)
_LASTING = re.compile(
    r"api_?token|access_?token|auth_?token|personal|device|session|refresh"
    r"|(?:limit|quota|enrol\w*|credential|factor|polic\w*|setting|config\w*|template|type)s?$",
    re.IGNORECASE,
)

_TOLD = re.compile(
    r"audit|histor|journal|activit|_logs?$|log_?entr|Log$|LogEntry$|notification|outbox|sync_?event"
    r"|track(?:ing|er)",
    re.IGNORECASE,
)
_SENT = re.compile(
    r"webhook_?event|event_?(?:deliver|payload)|outbox|sent_?(?:alert|mail|email|message)"
    r"|transactional_?e?mail",
    re.IGNORECASE,
)
GONE = re.compile(r"^(?:is_)?(?:deleted|removed|trashed)(?:_(?:at|on))?$|^delete_on$")
"""The columns that say that a row is as good as deleted."""

_MARKS = re.compile(
    r"used|burn|redeem|claim|consum|spen[dt]|taken|(?<!b)lock|running|processing|progress|otp|code|token",
    re.IGNORECASE,
)

_SAYS = re.compile(
    r"^_*(?:notify|announce|broadcast|publish|emit|track|audit)(?:_|$)|^log$|telemetry|toast"
    r"|^_*(?:send|emit|call|dispatch|trigger|fire|enqueue|queue|record|log|report|deliver|capture)"
    r"_(?:\w+_)?(?:e?mails?|notif\w*|events?|webhooks?|sms|alerts?|audit\w*|metrics?|activit\w+)"
    r"(?:_\w+)?$"
    r"|(?:^|_)(?:e?mail|notification|webhook|activity|audit_log)s?(?:_(?:async|task|job))?$"
    r"|ed_events?$"
)
_LOOKS = re.compile(
    r"^_*(?:get|fetch|find|list|load|lookup|is|has|can|should|count|parse|encode|decode|hash"
    r"|render|format|build|to|from|as|resolve|compute|calculate|normali[sz]e|saniti[sz]e|escape"
    r"|quote|serialize|dump|strip|translate|gettext|clear|invalidate|purge|expire)(?:_|$)"
    r"(?!.*(?:or_|and_|create|delete|update|save|store|consume|claim|redeem|incr))"
)


def says(name: str) -> bool:
    """Whether a function tells somebody something, by its name: twice is as good as once."""
    return _SAYS.search(name) is not None


def looks(name: str) -> bool:
    """Whether a function that nobody knows only looks something up, or forgets what it kept."""
    return _LOOKS.search(name) is not None


def told(name: str) -> bool:
    """Whether a table holds what somebody is told of: twice is as good as once."""
    return _TOLD.search(name) is not None


def sent(name: str) -> bool:
    """Whether a row of a table is a message that goes out."""
    return _SENT.search(name) is not None


def marks_use(column: str) -> bool:
    """Whether a column says that something was used up, or that somebody is at work on it."""
    return _MARKS.search(column) is not None


def stamp(column: str) -> bool:
    """Whether a column says when a row was changed."""
    return _STAMP.search(column) is not None


def versions(columns: Iterable[str], refusal: str) -> frozenset[str]:
    """Those of the columns that say which state of the row somebody has seen.

    A time of change is one where the answer says that the row is not what it was; elsewhere it
    may be an age that is asked for.
    """
    told = _CONFLICTS.search(refusal) is not None
    return frozenset(
        each for each in columns if _VERSION.search(each) or (told and _STAMP.search(each))
    )


def single_use(name: str) -> bool:
    """Whether a table holds what may be used once: tokens, invitations, vouchers."""
    return _ONCE.search(name) is not None and _LASTING.search(name) is None
