"""The application: ``flask --app shop.main run``."""

from typing import Any

from flask import Flask
from werkzeug.exceptions import HTTPException

from tocsin.guard.flask import install

from .auth import authenticate
from .models import db, url
from .money import money
from .orders import orders
from .people import people
from .things import things


def refused(error: HTTPException) -> Any:
    return {"error": error.description}, error.code


def create_app() -> Flask:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = url()
    db.init_app(app)
    app.before_request(authenticate)
    app.register_error_handler(HTTPException, refused)
    install(app)
    # At the addresses, too, at which the shop that races has other views: its tests are these.
    for twin in ("", "/safe", "/late", "/serializable"):
        for part in (money, orders, people, things):
            name = f"{part.name}{twin.replace('/', '-')}"
            app.register_blueprint(part, url_prefix=twin or None, name=name)
    return app


app = create_app()
