"""What outlives a request: answers of functions that are kept, and the client's session.

Sources: docs.python.org/3/library/functools.html, the documentation of cachetools, aiocache,
async-lru, Flask-Caching and django-cache-memoize; flask.palletsprojects.com,
docs.djangoproject.com/en/5.2/topics/http/sessions, www.starlette.io/middleware/#sessionmiddleware.
"""

from __future__ import annotations

from tocsin.stores.calls.base import Act, Call, Library, rows

SESSION = "web.Session"
_REQUEST = "starlette.Request"

LIBRARY = Library(
    name="remembering",
    calls=(
        *rows(Act.MEMO, "functools", "lru_cache cache"),
        *rows(Act.MEMO, "", "async_lru.alru_cache cachetools.cached cachetools.func.ttl_cache"),
        *rows(Act.MEMO, "", "cachetools.func.lru_cache aiocache.cached aiocache.cached_stampede"),
        *rows(Act.MEMO, "", "cache_memoize.cache_memoize methodtools.lru_cache"),
        *rows(Act.MEMO, "flask_caching.Cache", "memoize cached"),
        *rows(Act.RECALL, "flask.session", "get __getitem__", subject=0),
        *rows(Act.RECALL, "quart.session", "get __getitem__", subject=0),
        *rows(Act.RECALL, SESSION, "get __getitem__", subject=0),
        Call("django.Request.session", Act.ATTRIBUTE, SESSION),
        Call(f"{_REQUEST}.session", Act.ATTRIBUTE, SESSION),
    ),
    types=dict.fromkeys(
        ("fastapi.Request", "fastapi.requests.Request", "starlette.requests.Request"), _REQUEST
    ),
)
