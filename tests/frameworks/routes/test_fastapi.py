"""Routes of FastAPI and Starlette that no decorator says: tables, calls, nested routers."""

from __future__ import annotations

from tests.frameworks.routes.conftest import Routes, told

MAIN = """
from fastapi import APIRouter, Depends, FastAPI
from orders import router as orders

def signed_in(): ...

def close(key): ...

app = FastAPI()
outer = APIRouter(prefix="/v1", dependencies=[Depends(signed_in)])
outer.include_router(orders, prefix="/shop")
app.include_router(outer, prefix="/api")
app.add_api_route("/orders/{key}/close", close, methods=["POST", "PUT"])
app.add_api_route(path="/orders/{key}", endpoint=close)
"""
ORDERS = """
from fastapi import APIRouter, Depends

def staff(): ...

router = APIRouter(prefix="/orders")

@router.post("/{key}/cancel")
async def cancel(key): ...

async def ship(key): ...
async def follow(socket): ...

router.add_api_route("/{key}/ship", ship, methods=["POST"], dependencies=[Depends(staff)])
router.add_api_websocket_route("/{key}/follow", follow)
"""


def test_routers_in_routers_and_routes_that_are_added(routes: Routes) -> None:
    found = routes(main=MAIN, orders=ORDERS)
    assert told(found) == {
        ("POST /orders/{key}/close", "close"),
        ("PUT /orders/{key}/close", "close"),
        ("GET /orders/{key}", "close"),
        ("POST /api/v1/shop/orders/{key}/cancel", "cancel"),
        ("POST /api/v1/shop/orders/{key}/ship", "ship"),
        ("WEBSOCKET /api/v1/shop/orders/{key}/follow", "follow"),
    }
    before = {each.function.qualname: [b.qualname for b in each.before] for each in found}
    assert before["cancel"] == ["signed_in"]
    assert before["ship"] == ["signed_in", "staff"]
    assert before["close"] == []


TABLE = """
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint, WebSocketEndpoint
from starlette.routing import Mount, Route, WebSocketRoute

async def home(request): ...
async def cancel(request): ...
async def chat(socket): ...

class Order(HTTPEndpoint):
    async def get(self, request): ...
    async def delete(self, request): ...

class Feed(WebSocketEndpoint):
    async def on_receive(self, socket, data): ...

inner = [Route("/{key}", Order), Route("/{key}/cancel", endpoint=cancel, methods=["POST"])]
routes = [
    Route("/", home),
    WebSocketRoute("/chat", chat),
    WebSocketRoute("/feed", Feed),
    Mount("/orders", routes=inner),
    Mount("/v2", routes=[Mount("/old", routes=[Route("/home", home)])]),
]
app = Starlette(routes=routes)
app.add_route("/late", home, methods=["PUT"])
"""


def test_a_table_of_routes(routes: Routes) -> None:
    assert told(routes(TABLE)) == {
        ("GET /", "home"),
        ("WEBSOCKET /chat", "chat"),
        ("WEBSOCKET /feed", "Feed.on_receive"),
        ("GET /orders/{key}", "Order.get"),
        ("DELETE /orders/{key}", "Order.delete"),
        ("POST /orders/{key}/cancel", "cancel"),
        ("GET /v2/old/home", "home"),
        ("PUT /late", "home"),
    }


MADE = """
from fastapi import APIRouter, FastAPI

def routers(route) -> type[APIRouter]:
    class Router(APIRouter): ...
    return Router

def versioned(number: int) -> APIRouter:
    return APIRouter(prefix=f"/v{number}")

Router = routers(object)
orders, carts = Router(prefix="/orders"), versioned(1)
app = FastAPI()
app.include_router(orders)

@orders.post("/{key}/cancel")
def cancel(key): ...

@carts.post("/carts")
def open_cart(): ...
"""


def test_routers_that_a_function_makes(routes: Routes) -> None:
    assert told(routes(MADE)) == {
        ("POST /orders/{key}/cancel", "cancel"),
        ("POST /carts", "open_cart"),
    }


FACTORY = """
from fastapi import APIRouter, Depends, FastAPI
import orders

def staff(): ...

def create():
    app = FastAPI()

    @app.get("/health")
    async def health(): ...

    app.include_router(orders.build(1), prefix="/api", dependencies=[Depends(staff)])
    orders.more(app)
    orders.Items(app)
    return app
"""
BUILT = """
from fastapi import APIRouter, FastAPI

def build(repository) -> APIRouter:
    router = APIRouter(prefix="/orders")

    @router.post("/{key}/cancel")
    async def cancel(key): ...

    return router

def more(app: FastAPI):
    @app.put("/prices")
    async def prices(): ...

class Items:
    def __init__(self, app: FastAPI):
        self.app = app
        self.router = APIRouter(prefix="/items")
        self.router.add_api_route("/{key}", self.take, methods=["DELETE"])
        app.include_router(self.router)

    async def take(self, key): ...

def client(key, session):
    @session.get("/elsewhere")
    def answered(): ...
"""


def test_routers_that_are_made_or_handed_in_in_functions(routes: Routes) -> None:
    found = routes(main=FACTORY, orders=BUILT)
    assert told(found) == {
        ("GET /health", "health"),
        ("POST /api/orders/{key}/cancel", "cancel"),
        ("PUT /prices", "prices"),
        ("DELETE /items/{key}", "Items.take"),
    }
    before = {each.function.qualname: [b.qualname for b in each.before] for each in found}
    assert before["cancel"] == ["staff"]
    owners = {e.function.qualname: e.receiver.qualname for e in found if e.receiver is not None}
    assert owners == {"Items.take": "orders.Items"}
