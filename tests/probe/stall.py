"""A stall on FastAPI whose state nobody can put back."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

from tests.probe.gate import Counting, Gate


@dataclass
class Stall:
    """The state. ``credit`` lasts for a while."""

    gate: Gate = field(default_factory=Gate)
    orders: dict[int, dict[str, str]] = field(default_factory=dict)
    made: int = 0
    tags: list[str] = field(default_factory=list)
    email: str = "alice@example.org"
    version: int = 1
    credit: int = 100


class Order(BaseModel):
    note: str


class Tag(BaseModel):
    label: str = Field(examples=["brass"])


class Profile(BaseModel):
    email: str = Field(pattern="^[^@]+@[^@]+$")
    version: int


class Amount(BaseModel):
    amount: int = Field(gt=0, examples=[80])


def application(stall: Stall) -> FastAPI:
    """Racy endpoints, and one that is safe."""
    app = FastAPI()
    app.add_middleware(Counting, gate=stall.gate)
    window = stall.gate.window

    @app.get("/orders")
    async def orders() -> list[dict[str, object]]:
        return [{"id": key, **order} for key, order in stall.orders.items()]

    @app.post("/orders", status_code=201)
    async def order(new: Order) -> dict[str, int]:
        stall.made += 1
        stall.orders[stall.made] = {"status": "pending", "note": new.note}
        return {"id": stall.made}

    @app.delete("/orders/{order_id}", status_code=204)
    async def remove(order_id: int) -> None:
        if stall.orders.pop(order_id, None) is None:
            raise HTTPException(404)

    def pending(order_id: int) -> None:
        if stall.orders.get(order_id, {}).get("status") != "pending":
            raise HTTPException(409)

    @app.post("/orders/{order_id}/cancel")
    async def cancel(order_id: int) -> dict[str, str]:
        pending(order_id)
        await window()
        stall.orders[order_id]["status"] = "cancelled"
        return {"status": "cancelled"}

    @app.post("/safe/orders/{order_id}/cancel")
    async def cancel_safely(order_id: int) -> dict[str, str]:
        await window()
        pending(order_id)
        stall.orders[order_id]["status"] = "cancelled"
        return {"status": "cancelled"}

    @app.get("/tags")
    async def tags() -> list[dict[str, str]]:
        return [{"label": label} for label in stall.tags]

    @app.post("/tags", status_code=201)
    async def tag(new: Tag) -> dict[str, str]:
        if new.label in stall.tags:
            raise HTTPException(409)
        await window()
        stall.tags.append(new.label)
        return {"label": new.label}

    @app.get("/profile")
    async def profile() -> dict[str, object]:
        return {"email": stall.email, "version": stall.version}

    @app.put("/profile")
    async def edit(new: Profile) -> dict[str, int]:
        if new.version != stall.version:
            raise HTTPException(409)
        await window()
        stall.email, stall.version = new.email, new.version + 1
        return {"version": stall.version}

    @app.get("/credit")
    async def credit() -> dict[str, int]:
        return {"credit": stall.credit}

    @app.post("/spend")
    async def spend(of: Amount) -> dict[str, int]:
        if stall.credit < of.amount:
            raise HTTPException(409, "not enough")
        left = stall.credit - of.amount
        await window()
        stall.credit = left
        return {"left": left}

    return app
