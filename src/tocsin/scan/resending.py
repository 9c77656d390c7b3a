"""Runs a plan again: the same requests against the same address, under the rules of every scan."""

from __future__ import annotations

import time

import msgspec

from tocsin.model import event
from tocsin.model.replay import ReplayResult
from tocsin.probe.checks import stale_authorization
from tocsin.probe.checks.base import Attack
from tocsin.probe.checks.stale_authorization import Suspect
from tocsin.probe.engine import Shown
from tocsin.report.plan import PlanFile
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


def _attack(plan: PlanFile) -> Attack | Suspect:
    if plan.check != stale_authorization.NAME:
        return Attack(plan.check, plan.requests, plan.readers)
    victim, revocation = plan.requests[:2]
    return Suspect(victim, revocation, plan.readers, names=True)
