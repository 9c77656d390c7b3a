"""The standard library and built-ins: containers, locks, what waits and what does not."""

from __future__ import annotations

from tocsin.stores.calls.base import Act, Call, Library, rows

SEVERAL = "semaphore for several"
"""The type of a semaphore that lets more than one in."""

_LOCKS = {
    "asyncio.Lock": "asyncio",
    "asyncio.Semaphore": "asyncio",
    "asyncio.BoundedSemaphore": "asyncio",
    "asyncio.Condition": "asyncio",
    "anyio.Lock": "asyncio",
    "anyio.Semaphore": "asyncio",
    "threading.Lock": "thread",
    "threading.RLock": "thread",
    "threading.Condition": "thread",
    "threading.Semaphore": "thread",
    "threading.BoundedSemaphore": "thread",
    "multiprocessing.Lock": "process",
    "multiprocessing.RLock": "process",
    SEVERAL: "several",
}

_COUNTED = ("Semaphore", "BoundedSemaphore")
"""Made for a number: with more than one, they keep nobody out who would race."""

_HOLDING = tuple(
    row
    for name, word in _LOCKS.items()
    for row in (
        Call(name, Act.MAKE, name, word="counted" if name.endswith(_COUNTED) else ""),
        Call(f"{name}.__enter__", Act.HOLD, word=word),
        Call(f"{name}.acquire", Act.ACQUIRE, word=word),
        Call(f"{name}.release", Act.RELEASE, word=word),
    )
)

_BUILTINS = rows(
    Act.PURE,
    "",
    "len str int float bool bytes repr sorted list dict set tuple frozenset sum min max any all"
    " isinstance issubclass callable id hash abs round zip enumerate range reversed map"
    " filter type next iter vars format ord chr divmod super print hmac.compare_digest"
    " secrets.compare_digest time.time"
    " time.monotonic datetime.datetime.now datetime.datetime.utcnow datetime.date.today"
    " datetime.timedelta datetime.datetime copy.copy copy.deepcopy json.dumps json.loads"
    " django.utils.timezone.now",
)

_REFLECTION = (
    Call("hasattr", Act.BY_NAME, word="has"),
    Call("getattr", Act.BY_NAME),
    Call("setattr", Act.BY_NAME, word="set"),
)

RUNS = "runs"
"""What is computed by functions of Python, in which threads are switched."""

_CONTAINER = "shared"
_CONTAINERS = (
    *rows(
        Act.LOOK,
        _CONTAINER,
        "get keys values items copy count index __contains__ __len__",
        store="memory",
    ),
    *rows(
        Act.PUT,
        _CONTAINER,
        "append add extend insert update clear appendleft __setitem__",
        store="memory",
    ),
    *rows(Act.PUT, _CONTAINER, "remove __delitem__", store="memory", word="remove"),
    *rows(Act.PUT, _CONTAINER, "discard", store="memory", word="discard"),
    *rows(Act.TAKE, _CONTAINER, "pop popitem setdefault popleft", store="memory"),
)

_WAITING = (
    *rows(Act.AWAIT, "asyncio", "sleep wait gather wait_for shield to_thread timeout"),
    *rows(Act.AWAIT, "anyio", "sleep"),
    *rows(Act.SPAWN, "asyncio", "create_task ensure_future", subject=0),
    *rows(Act.ABORT, "sys", "exit", word="exit"),
    *rows(Act.PURE, "", "dataclasses.replace dataclasses.asdict", word=RUNS),
    *rows(Act.SAME, "", "typing.cast", subject=1),
)

LIBRARY = Library(
    name="python",
    calls=(*_HOLDING, *_BUILTINS, *_REFLECTION, *_CONTAINERS, *_WAITING),
    types={name: name for name in _LOCKS},
)
