"""Logins on FastAPI that count wrong passwords: before they are tried, afterwards, and never.

State is in memory; a test puts it back.
"""

import base64
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel

from tests.probe.shop import basic
from tests.probe.virtual import passing
from tocsin.model.http import Identity, Login

WINDOW = 0.05
LIMIT = 3
USER, PASSWORD = "alice", "a-word-to-pass"


@dataclass
class Gates:
    """The state, and a `World` that puts it back. ``forgets``: the counters are part of it."""

    restores: bool = True
    forgets: bool = True
    failed: Counter[str] = field(default_factory=Counter)
    tried: int = 0

    def restore(self) -> None:
        if self.forgets:
            self.failed.clear()


class Pair(BaseModel):
    username: str
    password: str


def login(path: str) -> Identity:
    """Somebody who logs in there."""
    body = json.dumps({"username": USER, "password": PASSWORD}).encode()
    headers = (("Content-Type", "application/json"),)
    made = Login("POST", path, headers, body, token="token")
    return Identity(USER, username=USER, login=made)


def person() -> Identity:
    """Somebody who uses Basic."""
    return Identity(USER, basic(USER, PASSWORD), username=USER)


def application(gates: Gates) -> FastAPI:
    app = FastAPI(title="gates")

    def verified(pair: Pair) -> dict[str, str]:
        gates.tried += 1
        if (pair.username, pair.password) != (USER, PASSWORD):
            raise HTTPException(401, "no", {"WWW-Authenticate": "Basic"})
        return {"token": "t-1"}

    @app.post("/racy/login")
    async def racy(pair: Pair) -> dict[str, str]:
        if gates.failed[pair.username] >= LIMIT:
            raise HTTPException(429, "too many", {"Retry-After": "60"})
        await passing(WINDOW)
        try:
            return verified(pair)
        except HTTPException:
            gates.failed[pair.username] += 1
            raise

    @app.post("/safe/login")
    async def safe(pair: Pair) -> dict[str, str]:
        gates.failed[pair.username] += 1
        if gates.failed[pair.username] > LIMIT:
            raise HTTPException(429, "too many", {"Retry-After": "60"})
        await passing(WINDOW)
        return verified(pair)

    @app.get("/mine")
    async def mine(authorization: Annotated[str, Header()] = "") -> dict[str, str]:
        scheme, _, encoded = authorization.partition(" ")
        if authorization != dict(basic(USER, PASSWORD))["authorization"]:
            raise HTTPException(401, "no", {"WWW-Authenticate": "Basic"})
        return {"scheme": scheme, "name": base64.b64decode(encoded).decode().partition(":")[0]}

    @app.get("/limited")
    async def limited(authorization: Annotated[str, Header()] = "") -> dict[str, str]:
        """Counts by what was sent, afterwards."""
        user = named(authorization)
        if gates.failed[user] >= LIMIT:
            raise HTTPException(429, "too many", {"Retry-After": "60"})
        await passing(WINDOW)
        if authorization != dict(basic(USER, PASSWORD))["authorization"]:
            gates.failed[user] += 1
            raise HTTPException(401, "no", {"WWW-Authenticate": "Basic"})
        return {"name": user}

    return app


def named(authorization: str) -> str:
    """Whose Basic credentials these are; nobody's if they cannot be read."""
    try:
        return base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")[0]
    except ValueError:
        return ""
