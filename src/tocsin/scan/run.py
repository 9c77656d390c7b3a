"""One scan: every application target is explored, and events say what comes of it."""

from __future__ import annotations

import shutil
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from pathlib import Path

from tocsin.errors import NothingToDo, TocsinError, Unreachable
from tocsin.explore.messages import Bounds, Discovery, Explored, Job, RaceOrder, Selection, Spec
from tocsin.explore.plan import Planned as Pair
from tocsin.explore.plan import plan
from tocsin.explore.pool import WorkerPool, default_workers, run_directory
from tocsin.model import event
from tocsin.model.finding import Finding
from tocsin.model.verdict import PairResult, RequestRef, Verdict
from tocsin.report.witness import WitnessFile, save
from tocsin.scan.findings import finding, same_cause, telling
from tocsin.scan.options import ReplayOptions, ScanOptions
from tocsin.scan.requests import given
from tocsin.scan.scenarios import scenarios

_TICK = 0.2


def run(options: ScanOptions) -> Iterator[event.Event]:
    """Explore every application; closing the iterator stops the work and gives everything back.

    Raises a `TocsinError` with one sentence when a target cannot be explored at all.
    """
    for target in options.applications:
        yield from _Exploration(options, target).events()


def spec_of(options: ScanOptions | ReplayOptions, target: str, directory: Path) -> Spec:
    """What a worker must know of the configuration."""
    config = options.config
    return Spec(
        target=target,
        root=options.root,
        directory=directory,
        import_paths=options.import_paths,
        paths=config.paths,
        env=config.env,
        setup=config.setup,
        disposable=config.disposable,
        override=options.disposable,
        request_timeout=config.request_timeout,
        params=config.params,
        identities=options.identities,
    )


class _Exploration:
    """Exploring one application."""

    def __init__(self, options: ScanOptions, target: str) -> None:
        self._options = options
        self._target = target
        self._config = options.config
        self._began = time.perf_counter()
        self._schedules = 0
        self._raised: list[Finding] = []
        self._noted: set[str] = set()
        self._discovery = Discovery()

    def events(self) -> Iterator[event.Event]:
        directory = run_directory()
        workers = self._config.workers or default_workers()
        pool = WorkerPool(spec_of(self._options, self._target, directory), workers)
        try:
            yield from self._explore(pool)
        finally:
            problems = pool.close()
            shutil.rmtree(directory, ignore_errors=True)
        yield from map(event.Noted, problems)
        yield event.RunFinished(
            "explore", self._target, time.perf_counter() - self._began, self._schedules
        )

    def _explore(self, pool: WorkerPool) -> Iterator[event.Event]:
        selection = Selection(tuple(self._config.only), tuple(self._config.skip))
        requests = given(self._config, self._options.identities)
        found = self._discovery = pool.submit(Job.DISCOVER, requests, selection).result()
        yield event.RunStarted("explore", self._target, found.framework, found.stores)
        yield from map(event.OperationSeen, found.operations)
        yield from map(event.PermissionSeen, found.permissions)
        yield from map(event.Noted, found.notes)
        if not found.candidates and found.unreachable:
            raise Unreachable(f"{self._target} does not reach its database: {found.unreachable}")
        if not found.candidates:
            raise NothingToDo(
                f"{self._target}: no operation could be exercised; the report of skipped "
                "operations says why (identities, params or requests in the configuration help)"
            )
        own, notes = scenarios(self._config, found.candidates, selection)
        yield from map(event.Noted, notes)
        for pair in own:
            if pair.invariants:
                pool.submit(Job.CHECK, self._order(pair)).result()
        pairs = [*own, *plan(found.candidates)]
        yield event.Planned(len(pairs))
        yield from self._race(pool, pairs)

    def _race(self, pool: WorkerPool, pairs: Sequence[Pair]) -> Iterator[event.Event]:
        """Submit pairs as long as there is time, and say what comes back."""
        bounds = Bounds(self._config.preemptions, self._config.exhaustive)
        limit = self._config.time_limit
        ahead = 2 * (self._config.workers or default_workers())
        waiting, under_way = deque(pairs), dict[Future[Explored], Pair]()
        while waiting or under_way:
            late = limit is not None and time.perf_counter() - self._began > limit
            while waiting and (late or len(under_way) < ahead):
                busy = not late and any(map(self._touches_files, under_way.values()))
                pair = self._take(waiting, busy)
                if pair is None:
                    break
                if late:
                    yield self._unexplored(pair, f"the time limit of {limit:g} s was reached")
                    continue
                under_way[pool.submit(Job.EXPLORE, self._order(pair), bounds)] = pair
            finished, _ = wait(under_way, timeout=_TICK, return_when=FIRST_COMPLETED)
            for future in finished:
                yield from self._judged(under_way.pop(future), future)

    def _take(self, waiting: deque[Pair], busy: bool) -> Pair | None:  # noqa: FBT001
        """The next pair; while files are in use, the next that leaves them alone."""
        pair = next((p for p in waiting if not (busy and self._touches_files(p))), None)
        if pair is not None:
            waiting.remove(pair)
        return pair

    def _touches_files(self, pair: Pair) -> bool:
        candidates = self._discovery.candidates
        return any(candidates[index].footprint.files for index in pair.candidates)

    def _order(self, pair: Pair) -> RaceOrder:
        candidates = self._discovery.candidates
        return RaceOrder(
            tuple(candidates[index] for index in pair.candidates),
            tuple(candidates[index].request for index in pair.observers),
            pair.invariants,
        )

    def _judged(self, pair: Pair, future: Future[Explored]) -> Iterator[event.Event]:
        try:
            explored = future.result()
        except TocsinError as error:
            yield self._unexplored(pair, str(error))
            return
        self._schedules += explored.schedules
        for note in explored.notes:
            if note not in self._noted:
                self._noted.add(note)
                yield event.Noted(note)
        refs, fingerprints = self._refs(pair), []
        made = [
            finding(proof, refs, self._discovery.framework, self._discovery.modules)
            for proof in explored.proofs
        ]
        for one in sorted(made, key=telling, reverse=True):
            known = next((other for other in self._raised if same_cause(one, other)), None)
            best = self._kept(one) if known is None else self._better(known, one)
            if known is not best:
                self._raised = [*(other for other in self._raised if other is not known), best]
                yield event.FindingRaised(best, known.fingerprint if known else "")
            fingerprints.append(best.fingerprint)
        yield event.UnitFinished(
            PairResult(
                refs,
                explored.verdict,
                explored.schedules,
                explored.bound,
                explored.reason,
                explored.seconds,
                tuple(dict.fromkeys(fingerprints)),
                tuple(dict.fromkeys((one.anomaly, one.severity) for one in made)),
            )
        )

    def _better(self, known: Finding, made: Finding) -> Finding:
        """Of two findings with one cause the more telling one, with the requests of both."""
        best = known
        if telling(made) > telling(known):
            best = self._kept(made)
            if known.witness_path is not None and known.witness_path != best.witness_path:
                Path(known.witness_path).unlink(missing_ok=True)
        raced = dict.fromkeys((*known.also, known.requests, made.requests))
        also = tuple(requests for requests in raced if requests != best.requests)
        return best if also == best.also else replace(best, also=also)

    def _kept(self, made: Finding) -> Finding:
        """The finding with its witness on disk."""
        witness = made.evidence.witness
        if witness is None:
            return made
        file = WitnessFile(
            app=self._target,
            witness=witness,
            setup=self._config.setup,
            framework=made.framework,
            rule=made.rule,
            title=made.title,
            endpoint=made.endpoint,
            fingerprint=made.fingerprint,
            stores=self._discovery.stores,
        )
        name = f"{made.anomaly.replace(' ', '-')}-{made.fingerprint}.json"
        path = save(file, self._options.witness_dir / name, self._options.secrets)
        return replace(made, witness_path=str(path))

    def _refs(self, pair: Pair) -> tuple[RequestRef, ...]:
        requests = (self._discovery.candidates[index].request for index in pair.candidates)
        return tuple(RequestRef(r.endpoint, r.identity, r.name) for r in requests)

    def _unexplored(self, pair: Pair, reason: str) -> event.UnitFinished:
        return event.UnitFinished(PairResult(self._refs(pair), Verdict.INCONCLUSIVE, reason=reason))
