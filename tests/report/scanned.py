"""A document as a scan of source and of an app together gives it, with everything in it."""

from __future__ import annotations

from dataclasses import replace

from tests.report.making import events, finding
from tocsin.model.event import Event, FileSeen, FindingRaised, RunFinished
from tocsin.model.finding import Evidence, Finding
from tocsin.model.location import Location
from tocsin.model.suppression import Suppression, SuppressionKind
from tocsin.model.verdict import FileResult, Level, Severity
from tocsin.model.window import Crossing, CrossingKind, Window
from tocsin.report.document import Document, fold

HOSTILE = 'a%b::error::c,d:e\r\nf|g`h*i<script>]]>&"\x1b[31m\ud800\ufffe'
CHECK = Location("shop/stock rooms.py", 7, "take", "if item.left < 1:")
AWAIT = Location("shop/stock rooms.py", 9, "take", "await charge(user)")
USE = Location("shop/models.py", 30, "Item.save", "super().save()")


def suspected() -> Finding:
    """What the static engine raises: a window, and no witness."""
    window = Window(CHECK, USE, (Crossing(AWAIT, CrossingKind.AWAIT, "await of charge()"),), "item")
    return replace(
        finding(Severity.MEDIUM, Level.SUSPECTED),
        rule="TOC401",
        title="an item is sold twice",
        evidence=Evidence(Level.SUSPECTED, window=window),
        check=CHECK,
        use=USE,
        anomaly="",
        witness_path=None,
        confidence="medium",
        fingerprint="aa11",
    )


def hostile() -> Finding:
    """A finding whose words come from an application that means harm."""
    place = Location("a b/%41,é.py", 0, HOSTILE, HOSTILE)
    return replace(
        suspected(),
        severity=Severity.LOW,
        title=HOSTILE,
        description=HOSTILE,
        endpoint=HOSTILE,
        check=place,
        use=None,
        evidence=Evidence(Level.SUSPECTED, reason=HOSTILE),
        code_snippet=HOSTILE,
        fingerprint="ee55",
    )


def commented() -> Finding:
    place = Location("shop/models.py", 29)
    given = Suppression(SuppressionKind.COMMENT, "one worker", place)
    return replace(suspected(), suppression=given, fingerprint="bb22")


def accepted() -> Finding:
    given = Suppression(SuppressionKind.BASELINE, "")
    return replace(suspected(), suppression=given, fingerprint="cc33")


def nowhere() -> Finding:
    """One of which no line of code is known."""
    return replace(
        suspected(),
        check=None,
        use=None,
        code_snippet="",
        fingerprint="dd44",
        evidence=Evidence(Level.OBSERVED),
    )


def merged() -> Finding:
    """One that a run has proven and that source knows, too."""
    twin = suspected()
    evidence = replace(finding().evidence, window=twin.evidence.window)
    told = replace(twin, description="Source says: tested, then sold.")
    return replace(finding(), evidence=evidence, twins=(told,), endpoints=("POST /a", "POST /b"))


def held() -> Finding:
    """One that source suspects, and that was explored and held."""
    evidence = Evidence(Level.NOT_REPRODUCED, reason="POST /a held in all 30 schedules.")
    return replace(suspected(), severity=Severity.LOW, evidence=evidence, fingerprint="ff77")


def both() -> Document:
    """What two engines make of one project."""
    return fold([*events()[:1], FindingRaised(merged()), FindingRaised(held())])


def stream() -> list[Event]:
    raised = (suspected(), hostile(), commented(), accepted(), nowhere())
    return [
        *events(),
        *map(FindingRaised, raised),
        FileSeen(FileResult("shop/orders.py")),
        FileSeen(FileResult("shop\\old.py", "is binary")),
        RunFinished("static", ".", 0.5),
    ]


def document() -> Document:
    return replace(fold(stream()), hidden=2, gone=("ff66 in shop/gone.py",))
