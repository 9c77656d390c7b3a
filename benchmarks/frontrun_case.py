"""One case under frontrun, as its documentation has a user write it.

``frontrun python frontrun_case.py CASE VARIANT SECONDS`` in frontrun's own environment, inside the
folder of the apps; prints one line of JSON. Each worker sends one request through the framework's
test client and keeps the status; two payments out of one balance are the race.
"""

import asyncio
import importlib
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import frontrun

Worker = Callable[["State"], Any]


class State:
    def __init__(self, reset: Callable[[], None]) -> None:
        reset()
        self.statuses: list[int] = []


def paid_once(state: State) -> bool:
    return state.statuses.count(200) <= 1


def on_asgi(app: Any, path: str) -> Worker:
    import httpx  # what FastAPI's documentation tests async apps with

    async def worker(state: State) -> None:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bank") as client:
            state.statuses.append((await client.post(path)).status_code)

    return worker


def on_threads(app: Any, path: str) -> Worker:
    from fastapi.testclient import TestClient

    def worker(state: State) -> None:
        state.statuses.append(TestClient(app).post(path).status_code)

    return worker


def on_flask(app: Any, path: str) -> Worker:
    def worker(state: State) -> None:
        state.statuses.append(app.test_client().post(path).status_code)

    return worker


def on_django(_: Any, path: str) -> Worker:
    from django.test import Client

    def worker(state: State) -> None:
        state.statuses.append(Client().post(path).status_code)

    return worker


def explore(case: str, variant: str, seconds: float) -> Any:
    module = importlib.import_module(case)
    kinds = {"fastapi_def": on_threads, "fastapi_aiosqlite": on_asgi, "dict_await": on_asgi}
    path = f"/{variant}/withdraw?n=80"
    setup = lambda: State(module.reset)  # noqa: E731
    if case == "django_atomic":
        from frontrun.contrib.django import django_dpor

        worker = on_django(None, path)
        return django_dpor(
            setup=setup, threads=[worker, worker], invariant=paid_once, total_timeout=seconds
        )
    worker = kinds.get(case, on_flask)(module.app, path)
    found = frontrun.explore(
        setup=setup, workers=worker, count=2, invariant=paid_once, total_timeout=seconds
    )
    return asyncio.run(found) if asyncio.iscoroutine(found) else found


def main() -> None:
    case, variant, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    sys.path.insert(0, ".")
    began = time.perf_counter()
    try:
        result = explore(case, variant, seconds)
    except Exception as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}))
        return
    answer = {
        "holds": result.property_holds,
        "schedules": result.num_explored,
        "seconds": time.perf_counter() - began,
        "replays": [result.reproduction_successes, result.reproduction_attempts],
        "reason": result.inconclusive_reason or "",
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
