"""Flask: converters, blueprints, view classes."""

from __future__ import annotations

import pytest
from flask import Blueprint, Flask
from flask.views import MethodView

from tocsin.frameworks.flask import FlaskFramework, converter_schema, template
from tocsin.frameworks.registry import describe
from tocsin.testing.check_framework import check_framework


def answer(**values: object) -> dict[str, str]:
    """Answer."""
    return {name: str(value) for name, value in values.items()}


class Basket(MethodView):
    def get(self, key: str) -> dict[str, str]:
        return answer(key=key)

    def post(self, key: str) -> dict[str, str]:
        """Put something in."""
        return answer(key=key)


def make_app() -> Flask:
    app = Flask(__name__, static_folder="static")
    app.add_url_rule("/orders/<int:order_id>", view_func=answer, endpoint="order")
    app.add_url_rule("/orders/<order_id>/cancel", "cancel", answer, methods=["POST", "DELETE"])
    app.add_url_rule("/pages/", "pages", answer, defaults={"page": 1})
    app.add_url_rule("/pages/<int:page>", "pages", answer)
    shop = Blueprint("shop", __name__, url_prefix="/shop")
    shop.add_url_rule("/<any(red, blue):colour>", "colour", answer)
    shop.add_url_rule("/files/<path:name>", "files", answer, methods=["PUT"])
    shop.add_url_rule("/baskets/<uuid:key>", view_func=Basket.as_view("basket"))
    app.register_blueprint(shop)
    return app


def test_conformance() -> None:
    expected: dict[str, dict[str, str]] = {
        "GET /orders/{order_id}": {"order_id": "integer"},
        "POST /orders/{order_id}/cancel": {"order_id": "string"},
        "DELETE /orders/{order_id}/cancel": {"order_id": "string"},
        "GET /pages/": {},
        "GET /pages/{page}": {"page": "integer"},
        "GET /shop/{colour}": {"colour": "string"},
        "PUT /shop/files/{name}": {"name": "string"},
        "GET /shop/baskets/{key}": {"key": "string"},
        "POST /shop/baskets/{key}": {"key": "string"},
    }
    check_framework(FlaskFramework(), make_app(), expected)


def test_static_files_are_left_out_with_a_reason() -> None:
    (skipped,) = describe(make_app()).skipped
    assert (skipped.endpoint, skipped.reason) == ("GET /static/{filename}", "serves static files")


def test_the_source_is_the_method_of_a_view_class() -> None:
    found = {one.endpoint: one for one in describe(make_app()).operations}
    assert found["POST /shop/baskets/{key}"].source == f"{__name__}:Basket.post"
    assert found["POST /shop/baskets/{key}"].summary == "Put something in."
    assert found["POST /shop/baskets/{key}"].tags == ("shop",)


@pytest.mark.parametrize(
    ("name", "arguments", "schema"),
    [
        ("int", "min=2, max=9", {"type": "integer", "minimum": 2, "maximum": 9}),
        ("int", "signed=True", {"type": "integer"}),
        ("string", "length=4", {"type": "string", "minLength": 4, "maxLength": 4}),
        ("any", "a, 'b'", {"type": "string", "enum": ["a", "b"]}),
        ("own", "", {"type": "string", "pattern": "^([a-z]{3})$"}),
    ],
)
def test_converters(name: str, arguments: str, schema: dict[str, object]) -> None:
    assert converter_schema(name, arguments, "[a-z]{3}") == schema


def test_template() -> None:
    assert template("/a/<b>/<int(min=1):c>") == "/a/{b}/{c}"
