"""Guards fed with bytes: each module has ``one(data)``, which fails if a promise is broken."""

HARNESSES = ("basic_header", "etag", "idempotency", "names", "paths")
