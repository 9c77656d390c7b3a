"""The cache API that Django made, and those that follow it: Flask-Caching, aiocache, memcached.

Sources: docs.djangoproject.com/en/5.2/topics/cache, "Basic usage"; flask-caching.readthedocs.io,
"API"; github.com/jazzband/django-redis, "Locks"; aiocache.aio-libs.org, "Caches"; the references of
diskcache and pymemcache.
"""

from __future__ import annotations

from tocsin.stores.calls.base import Act, Call, Library, rows

_CACHE = "django.Cache"
_TYPES = (
    "django.core.cache.BaseCache",
    "django.core.cache.backends.base.BaseCache",
    "django_redis.cache.RedisCache",
    "flask_caching.Cache",
    "cachelib.BaseCache",
    "cachelib.base.BaseCache",
    "cachelib.RedisCache",
    "cachelib.SimpleCache",
    "cachelib.FileSystemCache",
    "cachelib.MemcachedCache",
    "flask_caching.backends.base.BaseCache",
    "aiocache.Cache",
    "aiocache.SimpleMemoryCache",
    "aiocache.RedisCache",
    "aiocache.MemcachedCache",
    "aiocache.base.BaseCache",
    "diskcache.Cache",
    "diskcache.FanoutCache",
    "pymemcache.Client",
    "pymemcache.client.base.Client",
    "pymemcache.client.base.PooledClient",
    "pymemcache.client.hash.HashClient",
    "pylibmc.Client",
)


def _methods(owner: str) -> tuple[Call, ...]:
    return (
        *rows(
            Act.LOOK,
            owner,
            # What fills a key that is empty says, as all looks do, what is there.
            "get aget has has_key ahas_key exists gets __contains__ get_or_set aget_or_set",
            subject=0,
            store="cache",
        ),
        *rows(Act.PUT, owner, "set aset replace", subject=0, store="cache"),
        *rows(Act.PUT, owner, "delete adelete", subject=0, store="cache", word="remove"),
        # What is stored only if nothing is there, or if nobody has changed it since.
        *rows(
            Act.TAKE,
            owner,
            "add aadd cas pop",
            subject=0,
            store="cache",
            word="take",
        ),
        *rows(Act.PURE, owner, "touch atouch expire close aclose make_key"),
        *rows(
            Act.TAKE,
            owner,
            "incr aincr decr adecr inc dec increment",
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
