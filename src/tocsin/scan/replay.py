"""Runs a witness again: in a fresh process, from the same world, with the same choices."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path

import msgspec

from tocsin.config import Config
from tocsin.errors import UsageError
from tocsin.explore.messages import Job, Replayed
from tocsin.explore.pool import WorkerPool, run_directory
from tocsin.model.http import Identity, Request
from tocsin.model.replay import ReplayResult
from tocsin.model.secret import reveal
from tocsin.report import plan as plans
from tocsin.report.witness import WitnessFile, loads, scrub
from tocsin.scan.options import ReplayOptions
from tocsin.scan.run import spec_of


def replay(path: Path, options: ReplayOptions) -> ReplayResult:
    """Run a witness file so many times. Raises `UsageError` if it cannot be read or sent."""
    try:
        text = path.read_text(encoding="utf-8")
        file = plans.loads(text) or loads(text)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: {error}") from error
    if isinstance(file, WitnessFile):
        return replay_file(file, str(path), options)
    # The wire's libraries are an extra.
    try:
        from tocsin.scan.resending import resent
    except ImportError:
        raise UsageError("plans need an extra: pip install 'tocsin[probe]'") from None

    requests = tuple(sendable(one, options) for one in file.requests)
    readers = tuple(sendable(one, options) for one in file.readers)
    return resent(replace(file, requests=requests, readers=readers), str(path), options)


def replay_file(file: WitnessFile, path: str, options: ReplayOptions) -> ReplayResult:
    """The same for a witness that was read already."""
    began = time.perf_counter()
    options = replace(options, config=_with_setup(options, file))
    witness = replace(
        file.witness,
        requests=tuple(sendable(r, options) for r in file.witness.requests),
        observers=tuple(sendable(r, options) for r in file.witness.observers),
    )
    directory = run_directory()
    pool = WorkerPool(spec_of(options, options.app or file.app, directory), 1)
    try:
        replayed: Replayed = pool.submit(Job.REPLAY, witness, options.times).result()
    finally:
        pool.close()
        shutil.rmtree(directory, ignore_errors=True)
    expected = file.witness.observed
    same = all(scrub(outcome, options.secrets) == expected for outcome in replayed.outcomes)
    return ReplayResult(
        path=path,
        title=file.title,
        endpoint=file.endpoint,
        times=options.times,
        reproduced=replayed.reproduced,
        identical=same and len(set(replayed.outcomes)) <= 1,
        seconds=time.perf_counter() - began,
        reason=replayed.reason,
        held=replayed.held,
        observed=replayed.outcomes[-1] if replayed.outcomes else None,
    )


def _with_setup(options: ReplayOptions, file: WitnessFile) -> Config:
    if options.config.setup is not None or file.setup is None:
        return options.config
    return msgspec.structs.replace(options.config, setup=file.setup)


def sendable(request: Request, options: ReplayOptions) -> Request:
    """A stored request with the credentials of today."""
    identity = _identity(request, options)
    names = {name.lower() for name, _ in identity.credentials} if identity else set()
    headers = [
        (n, reveal(v, options.secrets)) for n, v in request.headers if n.lower() not in names
    ]
    body = reveal(request.body.decode("utf-8", "surrogateescape"), options.secrets)
    return replace(
        request,
        headers=(*headers, *(identity.credentials if identity else ())),
        body=body.encode("utf-8", "surrogateescape"),
        query=tuple((n, reveal(v, options.secrets)) for n, v in request.query),
    )


def _identity(request: Request, options: ReplayOptions) -> Identity | None:
    if request.identity == "anonymous":
        return None
    for identity in options.identities:
        if identity.name == request.identity:
            return identity
    raise UsageError(
        f"the witness needs the identity {request.identity!r}: add [identities.{request.identity}] "
        "to the configuration"
    )
