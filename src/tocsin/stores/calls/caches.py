"""The cache API that Django made, and those that follow it: cachelib, Flask-Caching, django-redis.

Sources: docs.djangoproject.com/en/5.2/topics/cache, "Basic usage"; flask-caching.readthedocs.io,
"API"; github.com/jazzband/django-redis, "Locks".
"""

from __future__ import annotations

from tocsin.stores.calls.base import Act, Call, Library, rows

_CACHE = "django.Cache"
_TYPES = (
    "django.core.cache.backends.base.BaseCache",
    "django_redis.cache.RedisCache",
    "flask_caching.Cache",
    "cachelib.BaseCache",
    "cachelib.base.BaseCache",
    "cachelib.RedisCache",
    "cachelib.SimpleCache",
    "cachelib.FileSystemCache",
)


def _methods(owner: str) -> tuple[Call, ...]:
    return (
        *rows(
            Act.LOOK, owner, "get aget has has_key ahas_key __contains__", subject=0, store="cache"
        ),
        *rows(Act.PUT, owner, "set aset", subject=0, store="cache"),
        *rows(Act.PUT, owner, "delete adelete", subject=0, store="cache", word="remove"),
        *rows(Act.TAKE, owner, "add aadd", subject=0, store="cache", word="take"),
        *rows(
            Act.TAKE,
            owner,
            "incr aincr decr adecr inc dec",
            subject=0,
            store="cache",
            word="count",
        ),
        Call(f"{owner}.lock", Act.MAKE, "redis.Lock", word="named"),
    )


LIBRARY = Library(
    name="caches",
    calls=(
        *_methods("django.core.cache.cache"),
        *_methods(_CACHE),
        Call("django.core.cache.caches.__getitem__", Act.MAKE, _CACHE),
    ),
    types=dict.fromkeys(_TYPES, _CACHE),
)
