"""A club on FastAPI: what members may write of themselves, and what others are shown of them.

State is in memory; a test puts it back.
"""

import secrets
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from pydantic import BaseModel, ConfigDict, Field

from tests.probe.shop import basic
from tocsin.model.http import Identity

PASSWORDS = {name: f"{name}-of-the-club" for name in ("ada", "ben")}
ROOMS = ("open", "strict", "dropping")


def identities() -> list[Identity]:
    return [Identity(n, basic(n, word), role="user", username=n) for n, word in PASSWORDS.items()]


@dataclass
class Club:
    """The state, and a `World` that puts it back."""

    restores: bool = True
    members: dict[str, dict[str, Any]] = field(default_factory=dict)
    bids: list[dict[str, Any]] = field(default_factory=list)

    def restore(self) -> None:
        self.members = {
            name: {"id": name, "name": name.title(), "role": role, "phone": f"555-{name}"}
            for name, role in (("ada", "member"), ("ben", "chair"))
        }
        self.bids = []


class Change(BaseModel):
    name: str


class Strict(Change):
    model_config = ConfigDict(extra="forbid")


class Dropping(Change):
    role: str | None = Field(None, json_schema_extra={"readOnly": True})


class Member(BaseModel):
    id: str
    name: str


class Secretly(BaseModel):
    name: str
    password: str = Field(json_schema_extra={"writeOnly": True})


class Bid(BaseModel):
    amount: int


def application(club: Club) -> FastAPI:
    app = FastAPI(title="club")
    scheme = HTTPBasic()

    async def caller(credentials: Annotated[HTTPBasicCredentials, Depends(scheme)]) -> str:
        known = PASSWORDS.get(credentials.username, "")
        if not known or not secrets.compare_digest(known, credentials.password):
            raise HTTPException(401, "no", {"WWW-Authenticate": "Basic"})
        return credentials.username

    me = Annotated[str, Depends(caller)]
    _profiles(app, club, me)
    _members(app, club, me)
    _bids(app, club)
    return app


def _profiles(app: FastAPI, club: Club, me: Any) -> None:
    for room in ROOMS:

        @app.get(f"/{room}/profile")
        async def profile(who: me) -> dict[str, Any]:
            return club.members[who]

    def schema(model: type[BaseModel]) -> dict[str, Any]:
        content = {"application/json": {"schema": model.model_json_schema()}}
        return {"requestBody": {"required": True, "content": content}}

    @app.put("/open/profile", openapi_extra=schema(Change))
    async def opened(who: me, request: Request) -> dict[str, Any]:
        """Writes whatever it is sent."""
        club.members[who].update(await request.json())
        return club.members[who]

    @app.put("/strict/profile")
    async def strict(who: me, new: Strict) -> dict[str, Any]:
        club.members[who].update(new.model_dump())
        return club.members[who]

    @app.put("/dropping/profile")
    async def dropping(who: me, new: Dropping) -> dict[str, Any]:
        club.members[who]["name"] = new.name
        return club.members[who]


def _members(app: FastAPI, club: Club, me: Any) -> None:
    @app.get("/me/members")
    async def own(who: me) -> list[dict[str, Any]]:
        return [{"id": who}]

    @app.get("/members/{member_id}")
    async def member(member_id: str, who: me) -> dict[str, Any]:
        """Shows the telephone to its owner alone."""
        if member_id not in club.members:
            raise HTTPException(404)
        found = dict(club.members[member_id])
        return found if member_id == who else {"id": found["id"], "name": found["name"]}

    @app.get("/loose/members")
    async def loose(who: me) -> list[dict[str, Any]]:
        return [
            {"id": key, "user": key, "phone": one["phone"]} for key, one in club.members.items()
        ]

    @app.get("/tight/members", response_model=list[Member])
    async def tight(who: me) -> list[dict[str, Any]]:
        return list(club.members.values())

    @app.put("/accounts/mine")
    async def account(who: me, new: Secretly) -> dict[str, str]:
        return {"name": new.name}

    @app.get("/accounts/mine")
    async def told(who: me) -> dict[str, str]:
        return {"name": who, "password": "told"}


def _bids(app: FastAPI, club: Club) -> None:
    for room in ("open", "closed"):

        @app.get(f"/{room}/bids/{{bid_id}}")
        async def bid(bid_id: int) -> dict[str, Any]:
            if not 0 < bid_id <= len(club.bids):
                raise HTTPException(404)
            return club.bids[bid_id - 1]

    def add(new: dict[str, Any]) -> dict[str, Any]:
        club.bids.append({"id": len(club.bids) + 1, "status": "open", **new})
        return club.bids[-1]

    content = {"application/json": {"schema": Bid.model_json_schema()}}

    @app.post("/open/bids", openapi_extra={"requestBody": {"required": True, "content": content}})
    async def opened(request: Request) -> dict[str, Any]:
        return add(await request.json())

    @app.post("/closed/bids")
    async def closed(new: Bid) -> dict[str, Any]:
        return add(new.model_dump())
