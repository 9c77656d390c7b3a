"""TOC104: a job acts on a user or an object as it was when the request was served."""

from __future__ import annotations

from tocsin.model.anomaly import Name
from tocsin.model.verdict import Severity
from tocsin.static.effect import Kind
from tocsin.static.rules.base import Judge, Match, columns, item
from tocsin.static.window import Window


def match(window: Window) -> Match | None:
    if window.job is None or not (window.own or window.handed):
        return None
    shown = window.use.effect.kind is Kind.READ
    return Match(
        f"{columns(window)} of {item(window)} is looked at while the request is served, and the "
        "job that it starts acts on that: seconds or hours later it may be different.",
        Severity.MEDIUM if shown else Severity.HIGH,
        anomaly=None if window.refusal == "403" else Name.STALE_CHECK,
        advice="Hand over identifiers; read, lock and decide in the job, where the effect is.",
    )


JUDGE = Judge("TOC104", Name.STALE_AUTHORIZATION, match)
