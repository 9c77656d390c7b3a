"""HAR, Postman, Burp and curl: formats that hold requests."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tocsin.probe.spec.load import read
from tocsin.probe.spec.surface import Recorded, Unreadable


def test_har() -> None:
    entries = [
        {
            "request": {
                "method": "post",
                "url": "http://shop.example/orders",
                "headers": [{"name": "Content-Type", "value": "application/json"}, 3],
                "postData": {"text": '{"amount": 3}'},
            }
        },
        {"request": {"method": "GET", "url": "data:text/plain,x"}},
        {"request": None},
        3,
    ]
    surface = read(json.dumps({"log": {"entries": entries}}).encode(), "x")
    headers = (("Content-Type", "application/json"), ("", ""))
    assert surface.recorded == (
        Recorded("POST", "http://shop.example/orders", headers, b'{"amount": 3}'),
    )


def postman(*items: Any, **more: Any) -> bytes:
    info = {
        "name": "shop",
        "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
    }
    return json.dumps({"info": info, "item": list(items), **more}).encode()


def test_postman_with_folders_and_variables() -> None:
    request = {
        "method": "POST",
        "url": {
            "raw": "{{base}}/orders/:id/pay?n={{n}}",
            "variable": [{"key": "id", "value": "7"}],
        },
        "header": [{"key": "X-One", "value": "{{n}}"}, {"key": "X-Off", "disabled": True}],
        "body": {"mode": "raw", "raw": '{"n": {{n}}}', "options": {"raw": {"language": "json"}}},
    }
    folder = {"name": "orders", "item": [{"name": "pay", "request": request}]}
    surface = read(postman(folder, variable=[{"key": "n", "value": "5"}]), "x")
    assert surface.recorded == (
        Recorded(
            "POST",
            "{{base}}/orders/7/pay?n=5",
            (("X-One", "5"), ("Content-Type", "application/json")),
            b'{"n": 5}',
            "pay",
        ),
    )


def test_postman_requests_that_are_not_whole_are_left_out_with_a_note() -> None:
    content = postman(
        {"name": "a", "request": "http://shop.example/{{what}}"},
        {"name": "b", "request": "http://shop.example/b"},
    )
    surface = read(content, "x")
    assert [one.name for one in surface.recorded] == ["b"]
    assert surface.notes == ("the collection does not say what {{what}} is",)


def test_postman_variables_that_name_themselves_end() -> None:
    grows = [{"key": "a", "value": "{{a}}{{a}}"}]
    content = postman(
        {"name": "a", "request": "http://x/" + "{{a}}" * 3},
        {"request": "http://x/"},
        variable=grows,
    )
    assert len(read(content, "x").recorded) == 1


def burp(request: bytes, url: str = "http://shop.example/orders", head: str = "") -> bytes:
    encoded = base64.b64encode(request).decode()
    return (
        f'<?xml version="1.0"?>{head}<items burpVersion="2026.1"><item><url><![CDATA[{url}]]></url>'
        f'<request base64="true"><![CDATA[{encoded}]]></request></item></items>'
    ).encode()


def test_burp() -> None:
    request = b'POST /orders HTTP/1.1\r\nHost: shop.example\r\nX-One: 1\r\n\r\n{"amount": 3}'
    (recorded,) = read(burp(request), "x").recorded
    assert recorded == Recorded(
        "POST",
        "http://shop.example/orders",
        (("Host", "shop.example"), ("X-One", "1")),
        b'{"amount": 3}',
    )


def test_burp_with_entities_is_refused() -> None:
    head = '<!DOCTYPE items [<!ENTITY a "aaaa">]>'
    with pytest.raises(Unreadable, match="declares XML entities"):
        read(burp(b"GET / HTTP/1.1\r\n\r\n", head=head), "x")


def test_burp_that_is_cut_off_is_one_sentence() -> None:
    with pytest.raises(Unreadable, match="no well-formed XML"):
        read(burp(b"GET / HTTP/1.1\r\n\r\n")[:-20], "x")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("curl http://h/a", Recorded("GET", "http://h/a")),
        ("$ curl -sS h/a?x=1", Recorded("GET", "http://h/a?x=1")),
        (
            "curl -X PUT -H 'X-One: 1' -o out http://h/a",
            Recorded("PUT", "http://h/a", (("X-One", "1"),)),
        ),
        (
            "curl --request=DELETE --url http://h/a --max-time 3",
            Recorded("DELETE", "http://h/a"),
        ),
        (
            "curl -XPOST http://h/a --json '{\"n\": 1}'",
            Recorded(
                "POST",
                "http://h/a",
                (("Content-Type", "application/json"), ("Accept", "application/json")),
                b'{"n": 1}',
            ),
        ),
        (
            "curl -u alice:secret http://h/a \\\n  -d a=1 -d b=2",
            Recorded(
                "POST",
                "http://h/a",
                (
                    ("Authorization", "Basic YWxpY2U6c2VjcmV0"),
                    ("Content-Type", "application/x-www-form-urlencoded"),
                ),
                b"a=1&b=2",
            ),
        ),
        ("curl -G http://h/a -d q=1", Recorded("GET", "http://h/a?q=1")),
        ("curl -I http://h/a", Recorded("HEAD", "http://h/a")),
    ],
)
def test_curl(command: str, expected: Recorded) -> None:
    assert read(command.encode(), "x").recorded == (expected,)


def test_several_curl_commands() -> None:
    content = b"# pay\ncurl http://h/a\ncurl http://h/b && curl http://h/c | jq ."
    urls = [one.url for one in read(content, "x").recorded]
    assert urls == ["http://h/a", "http://h/b", "http://h/c"]
