"""Roles on FastAPI that are taken away while they are used: relied on, asked again, and used up.

State is in memory; a test puts it back.
"""

import secrets
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPBasic, HTTPBasicCredentials

from tests.probe.shop import basic
from tests.probe.virtual import passing
from tocsin.model.http import Identity

WINDOW = 0.05
PASSWORDS = {name: f"{name}-in-office" for name in ("carol", "admin")}


def identities() -> list[Identity]:
    return [Identity(name, basic(name, word), username=name) for name, word in PASSWORDS.items()]


@dataclass
class Offices:
    """The state, and a `World` that puts it back."""

    restores: bool = True
    roles: dict[str, str] = field(default_factory=dict)
    files: set[int] = field(default_factory=set)

    def restore(self) -> None:
        self.roles = {"carol": "manager", "admin": "admin"}
        self.files = {1, 2}


def application(offices: Offices) -> FastAPI:
    app = FastAPI(title="offices")
    scheme = HTTPBasic()

    async def caller(credentials: Annotated[HTTPBasicCredentials, Depends(scheme)]) -> str:
        known = PASSWORDS.get(credentials.username, "")
        if not known or not secrets.compare_digest(known, credentials.password):
            raise HTTPException(401, "no", {"WWW-Authenticate": "Basic"})
        return credentials.username

    me = Annotated[str, Depends(caller)]

    def staff(who: str) -> None:
        if offices.roles[who] not in {"manager", "admin"}:
            raise HTTPException(403)

    def shred(number: int) -> dict[str, int]:
        if number not in offices.files:
            raise HTTPException(404)
        offices.files.remove(number)
        return {"shredded": number}

    @app.get("/files")
    async def files(who: me) -> list[dict[str, int]]:
        return [{"id": number} for number in sorted(offices.files)]

    @app.delete("/files/{file_id}")
    async def racy(file_id: int, who: me) -> dict[str, int]:
        staff(who)
        await passing(WINDOW)
        return shred(file_id)

    @app.delete("/safe/files/{file_id}")
    async def safe(file_id: int, who: me) -> dict[str, int]:
        staff(who)
        await passing(WINDOW)
        staff(who)
        return shred(file_id)

    @app.delete("/slow/files/{file_id}")
    async def slow(file_id: int, who: me) -> dict[str, int]:
        staff(who)
        done = shred(file_id)
        await passing(WINDOW)
        return done

    @app.post("/users/{username}/demote")
    async def demote(username: str, who: me) -> dict[str, str]:
        if offices.roles[who] != "admin" or username not in offices.roles:
            raise HTTPException(403)
        offices.roles[username] = "user"
        return {"username": username, "role": "user"}

    return app
