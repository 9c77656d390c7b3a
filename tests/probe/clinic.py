"""Records on FastAPI that members of a ward may read, and that are written after they left it.

State is in memory; a test puts it back.
"""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from pydantic import BaseModel

from tests.probe.shop import basic
from tocsin.model.http import Identity

WINDOW = 0.05
PASSWORDS = {name: f"{name}-on-duty" for name in ("carol", "dora", "admin")}


def identities() -> list[Identity]:
    return [Identity(name, basic(name, word), username=name) for name, word in PASSWORDS.items()]


class Entry(BaseModel):
    text: str


@dataclass
class Clinic:
    """The state, and a `World` that puts it back."""

    restores: bool = True
    members: set[str] = field(default_factory=set)
    records: dict[int, str] = field(default_factory=dict)
    holder: str = "carol"
    sealed: str = "x-ray"
    keeper: str = "carol"

    def restore(self) -> None:
        self.members = {"carol", "admin"}
        self.records = {1: "calm"}
        self.holder, self.sealed = "carol", "x-ray"
        self.keeper = "carol"


Pause = Callable[[float], Awaitable[None]]


def application(clinic: Clinic, pause: Pause) -> FastAPI:
    app = FastAPI(title="clinic")
    scheme = HTTPBasic()

    async def caller(credentials: Annotated[HTTPBasicCredentials, Depends(scheme)]) -> str:
        known = PASSWORDS.get(credentials.username, "")
        if not known or not secrets.compare_digest(known, credentials.password):
            raise HTTPException(401, "no", {"WWW-Authenticate": "Basic"})
        return credentials.username

    me = Annotated[str, Depends(caller)]

    def member(who: str) -> None:
        if who not in clinic.members:
            raise HTTPException(403)

    def record(number: int) -> dict[str, str]:
        if number not in clinic.records:
            raise HTTPException(404)
        return {"text": clinic.records[number]}

    @app.get("/records/{record_id}")
    async def racy(record_id: int, who: me) -> dict[str, str]:
        member(who)
        await pause(WINDOW)
        return record(record_id)

    @app.get("/safe/records/{record_id}")
    async def safe(record_id: int, who: me) -> dict[str, str]:
        """Checked last, and read at the same moment."""
        await pause(WINDOW)
        member(who)
        return record(record_id)

    @app.get("/slow/records/{record_id}")
    async def slow(record_id: int, who: me) -> dict[str, str]:
        """Read when it is checked, and slow to arrive."""
        member(who)
        found = record(record_id)
        await pause(WINDOW)
        return found

    @app.put("/records/{record_id}")
    async def write(record_id: int, entry: Entry, who: me) -> dict[str, str]:
        if who != "admin":
            raise HTTPException(403)
        clinic.records[record_id] = entry.text
        return record(record_id)

    @app.delete("/wards/{ward}/members/{username}")
    async def remove(ward: str, username: str, who: me) -> dict[str, str]:
        if who != "admin" or username not in clinic.members:
            raise HTTPException(403)
        clinic.members.remove(username)
        return {"removed": username}

    _letters(app, clinic, me, pause)
    _parcels(app, clinic, me, pause)
    return app


def _letters(app: FastAPI, clinic: Clinic, me: object, pause: Pause) -> None:
    """What is taken away and changed by one and the same request."""

    def held(who: str) -> None:
        if who not in {clinic.holder, "admin"}:
            raise HTTPException(403)

    @app.get("/letters/{letter_id}")
    async def racy(letter_id: int, who: me) -> dict[str, str]:  # type: ignore[valid-type]
        held(who)
        await pause(WINDOW)
        return {"text": clinic.sealed}

    @app.get("/safe/letters/{letter_id}")
    async def safe(letter_id: int, who: me) -> dict[str, str]:  # type: ignore[valid-type]
        await pause(WINDOW)
        held(who)
        return {"text": clinic.sealed}

    @app.post("/letters/{letter_id}/seal")
    async def seal(letter_id: int, who: me) -> dict[str, str]:  # type: ignore[valid-type]
        if who != "admin":
            raise HTTPException(403)
        clinic.holder, clinic.sealed = "admin", "diagnosis"
        return {"text": clinic.sealed}


def _parcels(app: FastAPI, clinic: Clinic, me: object, pause: Pause) -> None:
    """What is handed on to somebody else, and shows to whom: whoever hands it on sees nothing."""

    def kept(who: str) -> None:
        if who != clinic.keeper:
            raise HTTPException(403)

    @app.get("/parcels/{parcel_id}")
    async def racy(parcel_id: int, who: me) -> dict[str, str]:  # type: ignore[valid-type]
        kept(who)
        await pause(WINDOW)
        return {"keeper": clinic.keeper}

    @app.get("/safe/parcels/{parcel_id}")
    async def safe(parcel_id: int, who: me) -> dict[str, str]:  # type: ignore[valid-type]
        await pause(WINDOW)
        kept(who)
        return {"keeper": clinic.keeper}

    @app.post("/parcels/{parcel_id}/hand")
    async def hand(parcel_id: int, who: me) -> dict[str, str]:  # type: ignore[valid-type]
        if who != "admin" or clinic.keeper == "dora":
            raise HTTPException(403)
        clinic.keeper = "dora"
        return {"keeper": clinic.keeper}
