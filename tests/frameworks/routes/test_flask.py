"""Routes of Flask that no decorator says: rules that are added, nested blueprints, resources."""

from __future__ import annotations

import pytest

from tests.frameworks.routes.conftest import Routes, told

MAIN = """
from flask import Blueprint, Flask
from orders import orders

def close(key): ...
def home(): ...

app = Flask(__name__)
api = Blueprint("api", __name__, url_prefix="/api")
api.register_blueprint(orders, url_prefix="/orders")
app.register_blueprint(api, url_prefix="/v1")
app.add_url_rule("/orders/<int:key>/close", "close", close, methods=["POST"])
app.add_url_rule("/", view_func=home)

@api.before_request
def signed_in(): ...
"""
ORDERS = """
from flask import Blueprint
from flask.views import MethodView

orders = Blueprint("orders", __name__, url_prefix="/unused")

@orders.post("/<int:key>/cancel")
def cancel(key): ...

def checked(view): ...

class Order(MethodView):
    decorators = [checked]
    def get(self, key): ...
    def delete(self, key): ...

orders.add_url_rule("/<int:key>", view_func=Order.as_view("order"))
"""


def test_blueprints_in_blueprints_and_rules_that_are_added(routes: Routes) -> None:
    found = routes(main=MAIN, orders=ORDERS)
    assert told(found) == {
        ("POST /orders/{key}/close", "close"),
        ("GET /", "home"),
        ("POST /v1/orders/{key}/cancel", "cancel"),
        ("GET /v1/orders/{key}", "Order.get"),
        ("DELETE /v1/orders/{key}", "Order.delete"),
    }
    before = {each.function.qualname: [b.qualname for b in each.before] for each in found}
    assert before["cancel"] == ["signed_in"]
    assert before["Order.delete"] == ["signed_in"]
    assert before["home"] == []


RESTFUL = """
from flask import Blueprint, Flask
from flask_restful import Api, Resource

class Order(Resource):
    def get(self, key): ...
    def put(self, key): ...

class Unrouted(Resource):
    def get(self): ...

app = Flask(__name__)
bp = Blueprint("shop", __name__, url_prefix="/shop")
api = Api(bp, prefix="/v1")
api.add_resource(Order, "/orders/<int:key>", "/bestellungen/<int:key>")
app.register_blueprint(bp)
"""
RESTX = """
from flask import Flask
from flask_restx import Api, Namespace, Resource

ns = Namespace("orders")

@ns.route("/<int:key>")
class Order(Resource):
    def get(self, key): ...
    def put(self, key): ...

app = Flask(__name__)
api = Api(app, prefix="/v1")
api.add_namespace(ns, path="/orders")
"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            RESTFUL,
            {
                ("GET /shop/v1/orders/{key}", "Order.get"),
                ("PUT /shop/v1/orders/{key}", "Order.put"),
                ("GET /shop/v1/bestellungen/{key}", "Order.get"),
                ("PUT /shop/v1/bestellungen/{key}", "Order.put"),
                ("GET Unrouted", "Unrouted.get"),
            },
        ),
        (
            RESTX,
            {("GET /v1/orders/{key}", "Order.get"), ("PUT /v1/orders/{key}", "Order.put")},
        ),
    ],
    ids=["restful", "restx"],
)
def test_resources(routes: Routes, code: str, expected: set[tuple[str, str]]) -> None:
    assert told(routes(code)) == expected


VIEW = """
from flask import Flask
from flask.views import View

class Report(View):
    methods = ["GET", "POST"]
    def dispatch_request(self): ...

class Plain(View):
    def dispatch_request(self): ...

def signed_in(view): ...

app = Flask(__name__)
app.add_url_rule("/report", view_func=signed_in(Report.as_view("report")))
app.add_url_rule("/plain", view_func=Plain.as_view("plain"), methods=["PUT"])
"""


def test_a_view_with_one_method_for_all_verbs(routes: Routes) -> None:
    assert told(routes(VIEW)) == {
        ("GET /report", "Report.dispatch_request"),
        ("POST /report", "Report.dispatch_request"),
        ("PUT /plain", "Plain.dispatch_request"),
    }
