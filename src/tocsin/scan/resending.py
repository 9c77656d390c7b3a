"""Runs a plan again: the same requests against the same address, under the rules of every scan."""

from __future__ import annotations

import time

import msgspec

from tocsin.errors import UsageError
from tocsin.model import event
from tocsin.model.http import Operation
from tocsin.model.replay import ReplayResult
from tocsin.probe.checks import stale_authorization
from tocsin.probe.checks.base import Attack
from tocsin.probe.checks.stale_authorization import Suspect
from tocsin.probe.engine import Noticed, Shown
from tocsin.probe.renewal import Renewal
from tocsin.probe.review import Review
from tocsin.report.plan import FLAW, PlanFile
from tocsin.scan.options import ReplayOptions, ScanOptions
from tocsin.scan.probing import opened


def resent(plan: PlanFile, path: str, options: ReplayOptions) -> ReplayResult:
    """At most so many rounds. What is not observed again is inconclusive, never *gone*.

    Raises a `TocsinError` where the address is out of scope or nobody answers.
    """
    began = time.perf_counter()
    settings = msgspec.structs.replace(options.config, rounds=options.times)
    asked = ScanOptions(
        targets=(),
        config=settings,
        root=options.root,
        import_paths=options.import_paths,
        identities=options.identities,
        secrets=options.secrets,
    )
    if plan.plan == FLAW:
        return _reviewed(plan, path, asked, options.app or plan.address)
    shown = rounds = 0
    reason = "in a row the requests no longer do what the finding says"
    with opened(asked, options.app or plan.address) as (probing, _):
        for each in probing.again(_attack(plan)):
            if isinstance(each, Shown):
                shown, rounds = each.evidence.shown, each.evidence.rounds
            elif isinstance(each, event.UnitFinished):
                rounds, reason = each.result.schedules, each.result.reason
    return ReplayResult(
        path=path,
        title=plan.title,
        endpoint=plan.endpoint,
        times=rounds,
        reproduced=shown,
        identical=False,
        seconds=time.perf_counter() - began,
        reason=reason,
    )


def _reviewed(plan: PlanFile, path: str, asked: ScanOptions, address: str) -> ReplayResult:
    """The check once more. What needs no race, and is not found where all still works, is gone."""
    began = time.perf_counter()
    try:
        operations = tuple(msgspec.json.decode(one, type=Operation) for one in plan.known)
    except msgspec.MsgspecError as error:
        raise UsageError(f"{path}: is damaged: {error}") from None
    review = Review(plan.check, plan.requests, operations, plan.cells)
    found, notes = 0, []
    with opened(asked, address) as (probing, _):
        for each in probing.reviewed(review):
            if isinstance(each, Noticed):
                same = each.flaw.kind == plan.kind and each.flaw.request.endpoint == plan.endpoint
                found = 1 if same else found
            elif isinstance(each, event.Noted):
                notes.append(each.message)
    return ReplayResult(
        path=path,
        title=plan.title,
        endpoint=plan.endpoint,
        times=1,
        reproduced=found,
        identical=False,
        seconds=time.perf_counter() - began,
        reason="" if found else "; ".join(notes),
        held="" if found or notes else "the check finds nothing any more",
    )


def _attack(plan: PlanFile) -> Attack | Suspect:
    if plan.check != stale_authorization.NAME:
        # It was shown once: no reason why there is little to see makes the rounds fewer.
        fresh = Renewal(plan.makers, plan.fields)
        return Attack(plan.check, plan.requests, plan.readers, both=True, renewal=fresh)
    victim, revocation = plan.requests[:2]
    return Suspect(victim, revocation, plan.readers, names=True)
