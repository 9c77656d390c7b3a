"""Work for later: Celery, Dramatiq, Huey, RQ, APScheduler, threads.

Sources: docs.celeryq.dev/en/stable/userguide/calling.html, dramatiq.io/guide.html,
python-rq.org/docs, apscheduler.readthedocs.io/en/3.x/modules/schedulers/base.html,
docs.python.org/3/library/threading.html.
"""

from __future__ import annotations

from tocsin.stores.calls.base import Act, Call, Library, rows

FUNCTION = "function"
"""The type of functions of the project: what decorators of task queues add to them."""
_SCHEDULER = "apscheduler.Scheduler"
_SCHEDULERS = (
    "background.BackgroundScheduler",
    "blocking.BlockingScheduler",
    "asyncio.AsyncIOScheduler",
    "gevent.GeventScheduler",
    "tornado.TornadoScheduler",
)

LIBRARY = Library(
    name="jobs",
    calls=(
        *rows(Act.SPAWN, FUNCTION, "delay delay_on_commit send enqueue"),
        *rows(Act.SPAWN, FUNCTION, "apply_async apply_async_on_commit", word="lists"),
        *rows(Act.SPAWN, FUNCTION, "send_with_options schedule", word="lists"),
        *rows(Act.SPAWN, "rq.Queue", "enqueue enqueue_call", subject=0),
        *rows(Act.SPAWN, "rq.Queue", "enqueue_in enqueue_at", subject=1),
        Call(f"{_SCHEDULER}.add_job", Act.SPAWN, subject=0, word="lists"),
        Call("threading.Thread", Act.SPAWN, word="lists"),
        Call("threading.Timer", Act.SPAWN, subject=1, word="lists"),
    ),
    types={
        "rq.queue.Queue": "rq.Queue",
        **{f"apscheduler.schedulers.{name}": _SCHEDULER for name in _SCHEDULERS},
    },
)
