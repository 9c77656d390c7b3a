"""Work for later: Celery, Dramatiq, Huey, RQ, threads.

Sources: docs.celeryq.dev/en/stable/userguide/calling.html, dramatiq.io/guide.html,
python-rq.org/docs, docs.python.org/3/library/threading.html.
"""

from __future__ import annotations

from tocsin.stores.calls.base import Act, Call, Library, rows

FUNCTION = "function"
"""The type of functions of the project: what decorators of task queues add to them."""

LIBRARY = Library(
    name="jobs",
    calls=(
        *rows(Act.SPAWN, FUNCTION, "delay delay_on_commit send enqueue"),
        *rows(Act.SPAWN, FUNCTION, "apply_async apply_async_on_commit", word="lists"),
        *rows(Act.SPAWN, "rq.Queue", "enqueue enqueue_call", subject=0),
        Call("threading.Thread", Act.SPAWN, word="lists"),
        Call("threading.Timer", Act.SPAWN, subject=1),
    ),
    types={"rq.queue.Queue": "rq.Queue"},
)
