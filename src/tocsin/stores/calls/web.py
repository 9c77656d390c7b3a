"""What frameworks offer that matters here: giving up with a status, work for later, threads."""

from __future__ import annotations

from tocsin.stores.calls.base import Act, Call, Library, rows

HANDLER = "web.Handler"
"""What middleware is given: the rest of the application, as a function."""

REQUEST_OBJECTS = ("flask.g.", "quart.g.", "request.state.")
"""What begins so is seen by everything that runs for one request, and by nothing else."""

# Answers and refusals are built from what is there: nobody runs meanwhile.
_ANSWERS = rows(
    Act.PURE,
    "",
    "django.http.* rest_framework.response.Response rest_framework.exceptions.*"
    " django.core.exceptions.* django.urls.reverse django.shortcuts.redirect"
    " fastapi.HTTPException fastapi.exceptions.* fastapi.responses.* fastapi.Response"
    " starlette.exceptions.* starlette.responses.* werkzeug.exceptions.Forbidden"
    " werkzeug.exceptions.NotFound werkzeug.exceptions.BadRequest werkzeug.exceptions.Conflict"
    " flask.jsonify flask.make_response flask.redirect flask.url_for flask.Response",
)

LIBRARY = Library(
    name="web",
    calls=(
        *_ANSWERS,
        Call("flask.abort", Act.ABORT, subject=0),
        *(
            Call(f"{each}.abort", Act.ABORT, subject=0)
            for each in "werkzeug.exceptions flask_restful flask_restx flask_smorest".split()
        ),
        Call("quart.abort", Act.ABORT, subject=0),
        *rows(Act.THREAD, "", "starlette.concurrency.run_in_threadpool", subject=0),
        *rows(Act.THREAD, "", "fastapi.concurrency.run_in_threadpool", subject=0),
        *rows(Act.THREAD, "", "anyio.to_thread.run_sync asyncio.to_thread", subject=0),
        *rows(
            Act.THREAD,
            "",
            "asgiref.sync.sync_to_async asgiref.sync.async_to_sync",
            subject=0,
            word="wrap",
        ),
        Call("fastapi.BackgroundTasks.add_task", Act.SPAWN, subject=0),
        Call("starlette.background.BackgroundTasks.add_task", Act.SPAWN, subject=0),
        Call("starlette.background.BackgroundTask", Act.SPAWN, subject=0),
        Call(f"{HANDLER}.__call__", Act.HANDLE),
        *rows(Act.SAME, "", "functools.wraps functools.partial", subject=0),
    ),
    types=dict.fromkeys(
        (
            "fastapi.BackgroundTasks",
            "starlette.background.BackgroundTasks",
            "fastapi.background.BackgroundTasks",
        ),
        "fastapi.BackgroundTasks",
    ),
    refusals={
        "fastapi.HTTPException": "status",
        "fastapi.exceptions.HTTPException": "status",
        "starlette.exceptions.HTTPException": "status",
        "werkzeug.exceptions.Forbidden": "403",
        "werkzeug.exceptions.Unauthorized": "401",
        "werkzeug.exceptions.NotFound": "404",
        "werkzeug.exceptions.Conflict": "409",
        "werkzeug.exceptions.TooManyRequests": "429",
        "werkzeug.exceptions.BadRequest": "400",
    },
)
