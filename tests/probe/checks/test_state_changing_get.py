from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from fastapi import FastAPI, HTTPException

from tests.probe.scanning import flaws, told
from tocsin.probe.checks.state_changing_get import Kind, asked_for
from tocsin.probe.effect import effect
from tocsin.probe.engine import Noticed

FOUND = {
    (Kind.CHANGES, "GET /letters/{letter_id}/close"),
    (Kind.CHANGES, "GET /order-one"),
}


@dataclass
class Desk:
    """The state, and a `World` that puts it back."""

    restores: bool = True
    letters: dict[int, dict[str, object]] = field(default_factory=dict)
    carts: list[dict[str, object]] = field(default_factory=list)
    orders: list[dict[str, object]] = field(default_factory=list)
    ticks: int = 0

    def restore(self) -> None:
        self.carts, self.orders = [], []
        self.letters = {n: {"id": n, "state": "open", "views": 0} for n in (1, 2)}


def application(desk: Desk) -> FastAPI:
    app = FastAPI(title="desk")

    @app.get("/letters")
    async def letters() -> list[dict[str, object]]:
        return list(desk.letters.values())

    @app.get("/letters/{letter_id}")
    async def letter(letter_id: int) -> dict[str, object]:
        """Counts its readers."""
        if letter_id not in desk.letters:
            raise HTTPException(404)
        found = desk.letters[letter_id]
        found["views"] = int(str(found["views"])) + 1
        return found

    @app.get("/letters/{letter_id}/close")
    async def close(letter_id: int) -> dict[str, object]:
        if letter_id not in desk.letters:
            raise HTTPException(404)
        desk.letters[letter_id]["state"] = "closed"
        return {"closed": letter_id}

    @app.get("/carts")
    async def carts() -> list[dict[str, object]]:
        return desk.carts

    @app.get("/cart")
    async def cart() -> dict[str, object]:
        """Makes one if there is none."""
        if not desk.carts:
            desk.carts.append({"id": 1})
        return desk.carts[0]

    @app.get("/orders")
    async def orders() -> list[dict[str, object]]:
        return desk.orders

    @app.get("/order-one")
    async def order() -> dict[str, object]:
        desk.orders.append({"id": len(desk.orders) + 1})
        return desk.orders[-1]

    @app.get("/pulse")
    async def pulse() -> dict[str, int]:
        """Never says the same."""
        desk.ticks += 1
        return {"beat": desk.ticks}

    return app


def test_a_read_that_changes_what_others_tell_is_told() -> None:
    desk = Desk()
    said = told(application(desk), desk, ())
    assert flaws(said) == FOUND
    reasons = {
        one.flaw.request.endpoint: one.flaw.reason for one in said if isinstance(one, Noticed)
    }
    closing = reasons["GET /letters/{letter_id}/close"]
    assert closing.startswith("answers, and afterwards GET /letters")
    assert 'state becomes "closed"' in closing
    assert "gains a row" in reasons["GET /order-one"]


def test_it_is_found_where_only_reads_are_allowed() -> None:
    desk = Desk()
    said = told(application(desk), desk, (), may_change=False)
    assert flaws(said) == FOUND


def test_without_a_reset_nothing_is_concluded() -> None:
    desk = Desk()
    desk.restore()
    desk.restores = False
    desk.restore = lambda: None  # type: ignore[method-assign]
    assert flaws(told(application(desk), desk, ())) == set()


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"state": "open"}, {"state": "closed"}, True),
        ({"views": 1}, {"views": 2}, False),
        ({"last_seen_at": "a"}, {"last_seen_at": "b"}, False),
        ({"page": {"hits": 1}}, {"page": {"hits": 2}}, False),
        ([{"id": 1}], [{"id": 1}, {"id": 2}], True),
        ({"a": 1}, {"a": 1}, False),
    ],
)
def test_readers_may_be_counted(before: object, after: object, found: bool) -> None:
    assert bool(asked_for(effect({"GET /a as bob": before}, {"GET /a as bob": after}))) == found
