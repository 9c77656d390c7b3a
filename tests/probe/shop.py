"""A small shop on FastAPI whose windows stay open until they are met, and the same without them.

State is in memory; a test puts it back.
"""

import base64
import secrets
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from pydantic import BaseModel

from tests.probe.gate import Counting, Gate
from tocsin.model.http import Identity

PEOPLE = {"alice": "wonderland-1865", "bob": "builder-1999"}


def basic(name: str, password: str) -> tuple[tuple[str, str], ...]:
    pair = base64.b64encode(f"{name}:{password}".encode()).decode()
    return (("authorization", f"Basic {pair}"),)


def identity(name: str) -> Identity:
    return Identity(name, basic(name, PEOPLE[name]), username=name)


@dataclass
class Shop:
    """The state, and a `World` that puts it back."""

    restores: bool = True
    tells: bool = False
    status: dict[int, str] = field(default_factory=dict)
    credit: dict[str, int] = field(default_factory=dict)
    notes: list[dict[str, object]] = field(default_factory=list)
    restored: int = 0
    gate: Gate = field(default_factory=Gate)

    def restore(self) -> None:
        self.restored += 1
        self.status = {1: "pending", 2: "pending"}
        self.credit = {"alice": 100, "bob": 100}
        self.notes = []


class Amount(BaseModel):
    n: int


def application(shop: Shop) -> FastAPI:
    """The app over this state. Every racy endpoint stands beside a safe one."""
    app = FastAPI(title="small shop")
    app.add_middleware(Counting, gate=shop.gate)
    window = shop.gate.window
    scheme = HTTPBasic()

    def caller(credentials: Annotated[HTTPBasicCredentials, Depends(scheme)]) -> str:
        known = PEOPLE.get(credentials.username, "")
        if not known and shop.tells:
            raise HTTPException(401, "no such user", {"WWW-Authenticate": "Basic"})
        if not known or not secrets.compare_digest(known, credentials.password):
            raise HTTPException(401, "no", {"WWW-Authenticate": "Basic"})
        return credentials.username

    me = Annotated[str, Depends(caller)]

    @app.get("/orders")
    async def orders(who: me) -> list[dict[str, object]]:
        return [{"id": key, "status": value} for key, value in shop.status.items()]

    @app.get("/me/credit")
    async def credit(who: me) -> dict[str, int]:
        return {"credit": shop.credit[who]}

    @app.post("/orders/{order_id}/cancel")
    async def cancel(order_id: int, who: me) -> dict[str, str]:
        if shop.status.get(order_id) != "pending":
            raise HTTPException(409, "not pending")
        await window(rank=1)
        shop.status[order_id] = "cancelled"
        shop.credit[who] += 10
        return {"status": "cancelled"}

    @app.post("/safe/orders/{order_id}/cancel")
    async def cancel_safely(order_id: int, who: me) -> dict[str, str]:
        await window()
        if shop.status.get(order_id) != "pending":
            raise HTTPException(409, "not pending")
        shop.status[order_id] = "cancelled"
        shop.credit[who] += 10
        return {"status": "cancelled"}

    @app.post("/orders/{order_id}/ship")
    async def ship(order_id: int, who: me) -> dict[str, str]:
        await window()
        if shop.status.get(order_id) != "pending":
            raise HTTPException(409, "not pending")
        shop.status[order_id] = "shipped"
        return {"status": "shipped"}

    @app.post("/spend")
    async def spend(amount: Amount, who: me) -> dict[str, int]:
        left = shop.credit[who] - amount.n
        await window(rank=1)
        shop.credit[who] = left
        return {"left": left}

    @app.post("/notes", status_code=201)
    async def note(who: me) -> dict[str, object]:
        made = {"id": len(shop.notes) + 1, "by": who}
        shop.notes.append(made)
        return made

    return app
