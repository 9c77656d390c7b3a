"""WSGI without a socket: what goes in, and what comes out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, jsonify, request, stream_with_context
from flask import Response as Answer

from tocsin.explore.drivers.wsgi import WSGIApp, environ_of, exchange
from tocsin.model.http import Request, Response

flask = Flask(__name__)
told: list[str] = []


@flask.route("/echo/<path:rest>", methods=["GET", "POST"])
def echo(rest: str) -> Answer:
    return jsonify(
        rest=rest,
        query=list(request.args.items(multi=True)),
        type=request.content_type,
        form=request.form,
        body=request.get_data(as_text=True),
        who=request.authorization.username if request.authorization else None,
    )


@flask.post("/stream")
def stream() -> Answer:
    def parts() -> Iterator[str]:
        try:
            yield from ("one ", "two ", request.method)
        finally:
            told.append("closed")

    return Answer(stream_with_context(parts()), 201, {"x-kind": "stream"})


@flask.post("/fail")
def fail() -> Answer:
    raise LookupError("no such thing")


def asked(path: str, **parts: Any) -> Request:
    return Request("A", f"POST {path}", "POST", path, **parts)


def answer(app: WSGIApp, request: Request) -> Response:
    told.clear()
    return exchange(app, request, lambda: told.append("responded"))


def test_a_request_arrives_as_it_was_meant() -> None:
    response = answer(
        flask,
        asked(
            "/echo/a%20b/%C3%B6",
            query=(("n", "1"), ("n", "2"), ("q", "ä&b")),
            headers=(("Content-Type", "text/plain"), ("authorization", "Basic YWxpY2U6eA==")),
            body="ö".encode(),
        ),
    )
    assert response.status == 200
    assert json.loads(response.body) == {
        "rest": "a b/ö",
        "query": [["n", "1"], ["n", "2"], ["q", "ä&b"]],
        "type": "text/plain",
        "form": {},
        "body": "ö",
        "who": "alice",
    }


def test_a_form_arrives() -> None:
    form = (("content-type", "application/x-www-form-urlencoded"),)
    response = answer(flask, asked("/echo/x", headers=form, body=b"a=1&b=2"))
    assert json.loads(response.body)["form"] == {"a": "1", "b": "2"}


def test_a_stream_is_read_to_its_end_and_closed() -> None:
    response = answer(flask, asked("/stream"))
    assert (response.status, response.body) == (201, b"one two POST")
    assert dict(response.headers)["x-kind"] == "stream"
    assert told == ["closed", "responded"]


def test_what_a_framework_turns_into_a_500_stays_one() -> None:
    assert answer(flask, asked("/fail")).status == 500


@pytest.mark.parametrize("when", ["at once", "in the body", "in close"])
def test_an_exception_is_a_500_with_its_name(when: str) -> None:
    class Body:
        def __iter__(self) -> Iterator[bytes]:
            yield b"one "
            if when == "in the body":
                raise LookupError("no such thing")

        def close(self) -> None:
            if when == "in close":
                raise LookupError("no such thing")

    def app(environ: Any, start_response: Any) -> Body:
        if when == "at once":
            raise LookupError("no such thing")
        start_response("200 OK", [])
        return Body()

    response = answer(app, asked("/"))
    assert response.status == 500
    assert response.error == "LookupError: no such thing"


def test_the_body_is_closed_even_if_it_raises() -> None:
    class Body:
        def __iter__(self) -> Iterator[bytes]:
            raise LookupError

        def close(self) -> None:
            told.append("closed")

    def app(environ: Any, start_response: Any) -> Body:
        start_response("200 OK", [])
        return Body()

    answer(app, asked("/"))
    assert told == ["closed"]


def test_what_is_written_comes_before_what_is_returned() -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        write = start_response("200 OK", [])
        write(b"one ")
        return [b"two"]

    assert answer(app, asked("/")).body == b"one two"


def test_the_status_may_change_before_the_body() -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        start_response("409 Conflict", [("x-again", "yes")], (LookupError, LookupError(), None))
        return [b""]

    response = answer(app, asked("/"))
    assert (response.status, response.headers) == (409, (("x-again", "yes"),))


def test_a_lazy_app_says_its_status_with_its_first_chunk() -> None:
    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("204 No Content", [])
        yield b""

    assert answer(app, asked("/")).status == 204


def test_headers_have_the_names_of_the_gateway_interface() -> None:
    environ = environ_of(asked("/", headers=(("X-Trace-Id", "7"), ("content-type", "a/b"))))
    assert environ["HTTP_X_TRACE_ID"] == "7"
    assert environ["CONTENT_TYPE"] == "a/b"
    assert "HTTP_CONTENT_TYPE" not in environ
