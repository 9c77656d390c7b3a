"""The search for working requests, in real apps whose state each attempt finds anew."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException
from flask import Flask, abort, jsonify, redirect, request
from pydantic import BaseModel

from tests.scenario.people import identity
from tocsin.explore.fields import recording
from tocsin.frameworks.base import Skipped
from tocsin.frameworks.load import own_packages
from tocsin.frameworks.registry import describe, framework_of
from tocsin.model.http import ANONYMOUS, Operation, Request, Response
from tocsin.model.table import Table
from tocsin.scenario.knowledge import Knowledge
from tocsin.scenario.prepare import Answer, Exercised, prepare, shared_reason
from tocsin.scenario.variants import variants
from tocsin.testing.client import client

ALICE = identity("alice", basic=("alice", "a"))
BOB = identity("bob", basic=("bob", "b"))
KNOWN = Knowledge(
    identities=(ALICE, BOB),
    tables={
        "orders": Table("orders", ("id", "owner", "status"), ("id",)),
        "accounts": Table("accounts", ("username", "balance"), ("username",)),
    },
    rows={
        "orders": [
            {"id": 1, "owner": "bob", "status": "pending"},
            {"id": 2, "owner": "alice", "status": "shipped"},
            {"id": 3, "owner": "alice", "status": "pending"},
        ],
        "accounts": [{"username": "alice", "balance": 100}, {"username": "bob", "balance": 7}],
    },
)


class Shop(BaseModel):
    to: str
    n: int


def fastapi_app() -> FastAPI:
    app = FastAPI()

    @app.post("/orders/{order_id}/cancel")
    def cancel(order_id: int) -> None:
        row = next((row for row in KNOWN.rows["orders"] if row["id"] == order_id), None)
        if row is None:
            raise HTTPException(404)
        if row["status"] != "pending":
            raise HTTPException(409, "not pending")

    @app.post("/transfer")
    def transfer(body: Shop) -> None:
        if body.n > 100:
            raise HTTPException(409)

    @app.get("/documents/{document_id}")
    def document(document_id: int) -> None:
        raise HTTPException(404)

    @app.post("/never")
    def never() -> None:
        raise HTTPException(403)

    return app


def flask_app() -> Flask:
    app = Flask("probe")

    @app.post("/json")
    def as_json() -> Any:
        data = request.get_json(silent=True) or {}
        return jsonify(total=data["n"] * 2, to=data.get("to"))

    @app.post("/form")
    def as_form() -> Any:
        if "email" not in request.form:
            abort(400)
        return request.form["email"]

    @app.post("/file")
    def as_file() -> Any:
        return request.files["picture"].read()

    @app.post("/nothing")
    def nothing() -> Any:
        return "done"

    @app.get("/search")
    def search() -> Any:
        return request.args["q"]

    @app.post("/keyed")
    def keyed() -> Any:
        return request.headers["X-Tenant"]

    @app.post("/login-first")
    def login_first() -> Any:
        return redirect("/login?next=/login-first")

    @app.post("/broken")
    def broken() -> Any:
        raise LookupError("nobody knows")

    @app.post("/withdraw")
    def withdraw() -> Any:
        if int(request.form["n"]) > 100:
            abort(409)
        return "done"

    return app


def drive(app: object, search: Generator[Request, Answer, Any]) -> tuple[Any, list[Request]]:
    """Run a search against an app; what it found, and what it sent."""
    framework = framework_of(app)
    assert framework is not None
    sent: list[Request] = []
    with client(app, framework.interface(app)) as send:
        try:
            following = next(search)
            while True:
                sent.append(following)
                with recording(following.body) as recorder:
                    response = send(following)
                following = search.send(Answer(response, recorder.asked))
        except StopIteration as stop:
            return stop.value, sent


def operation(app: object, endpoint: str) -> Operation:
    return next(one for one in describe(app).operations if one.endpoint == endpoint)


def found_in(
    make: Callable[[], object], endpoint: str, who: Any = ALICE
) -> tuple[Any, list[Request]]:
    app = make()
    return drive(app, prepare(operation(app, endpoint), who, KNOWN))


def test_the_next_row_is_tried_after_a_conflict() -> None:
    done, sent = found_in(fastapi_app, "POST /orders/{order_id}/cancel")
    assert isinstance(done, Exercised)
    assert [one.path for one in sent] == ["/orders/2/cancel", "/orders/3/cancel"]


def test_declared_bodies_are_filled() -> None:
    done, sent = found_in(fastapi_app, "POST /transfer")
    assert (done.inputs.fields, len(sent)) == ({"to": "bob", "n": 1}, 1)


def test_without_rows_the_reason_names_the_value() -> None:
    skipped, sent = found_in(fastapi_app, "GET /documents/{document_id}")
    assert skipped == Skipped(
        "GET /documents/{document_id}",
        "needs path value 'document_id': no row, example or configured value",
    )
    assert len(sent) <= 12


def test_refusals_are_final() -> None:
    skipped, sent = found_in(fastapi_app, "POST /never")
    assert (skipped.reason, len(sent)) == ("answers 403 to alice", 1)


@pytest.mark.parametrize(
    ("endpoint", "fields"),
    [
        ("POST /json", {"n": 1, "to": "bob"}),
        ("POST /form", {"email": "tocsin@example.com"}),
        ("POST /file", {"picture": "tocsin.txt"}),
    ],
)
def test_undeclared_bodies_are_asked_for(endpoint: str, fields: dict[str, object]) -> None:
    done, _ = found_in(flask_app, endpoint)
    assert isinstance(done, Exercised), done
    assert done.inputs.fields == fields


def test_what_reads_no_body_gets_none() -> None:
    done, _ = found_in(flask_app, "POST /nothing")
    assert (done.request.body, done.request.headers) == (b"", ALICE.headers)


def test_query_and_headers_are_asked_for() -> None:
    assert found_in(flask_app, "GET /search")[0].request.query == (("q", "tocsin"),)
    assert ("X-Tenant", "tocsin") in found_in(flask_app, "POST /keyed")[0].request.headers


def test_a_redirect_to_the_login_page_is_a_refusal() -> None:
    skipped, _ = found_in(flask_app, "POST /login-first", ANONYMOUS)
    assert skipped.reason == "redirects anonymous to the login page"


def test_crashes_are_reported() -> None:
    skipped, _ = found_in(flask_app, "POST /broken")
    assert skipped.reason.startswith(("500", "answers 500"))


def test_an_exception_that_escapes_is_named() -> None:
    search = prepare(Operation("GET", "/x"), ALICE, KNOWN)
    next(search)
    with pytest.raises(StopIteration) as stop:
        search.send(Answer(Response(500, error="KeyError: 'x'")))
    assert stop.value.value.reason == "500: KeyError: 'x'"


def test_the_same_search_twice() -> None:
    first, second = (found_in(fastapi_app, "POST /orders/{order_id}/cancel")[1] for _ in "12")
    assert first == second


def test_amounts_that_cannot_be_paid_twice() -> None:
    app = flask_app()
    done, _ = drive(app, prepare(operation(app, "POST /withdraw"), ALICE, KNOWN))
    more, _ = drive(app, variants(done, KNOWN))
    assert [one.inputs.fields["n"] for one in more][:2] == [60, 100]


def test_one_variant_for_every_user() -> None:
    app = fastapi_app()
    known = Knowledge(identities=(ALICE, BOB, identity("carol", basic=("carol", "c"))))
    done, _ = drive(app, prepare(operation(app, "POST /transfer"), ALICE, known))
    more, _ = drive(app, variants(done, known))
    assert done.inputs.fields["to"] == "bob"
    assert {one.inputs.fields["to"] for one in more} == {"alice", "carol"}


def test_other_rows() -> None:
    app = fastapi_app()
    done, _ = drive(app, prepare(operation(app, "POST /orders/{order_id}/cancel"), ALICE, KNOWN))
    more, _ = drive(app, variants(done, KNOWN))
    assert [one.request.path for one in more] == ["/orders/1/cancel"]


def test_one_reason_for_all() -> None:
    everyone = {"alice": "answers 403 to alice", "bob": "answers 403 to bob"}
    assert shared_reason(everyone) == "answers 403 to every identity"
    assert shared_reason({**everyone, "carol": "500: KeyError: 'x'"}) == "500: KeyError: 'x'"


def test_own_packages() -> None:
    here = sys.modules[__name__]
    assert "tests" in own_packages(here)
    assert own_packages(here, ["src/shop", "tests/explore"]) == ["shop", "tests"]
