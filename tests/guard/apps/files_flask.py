"""One name that two uploads ask for, for Flask."""

from pathlib import Path

from flask import Flask, abort, request

from tocsin.guard.files import Root
from tocsin.guard.flask import install, receive

folder = Path(__file__).with_name("uploads")
folder.mkdir(exist_ok=True)
root = Root(folder)


def seed():
    for each in folder.iterdir():
        each.unlink()


app = Flask(__name__)
install(app)


@app.post("/guarded")
def upload():
    receive(root, "report", request, limit=100)
    return {}, 201


@app.post("/unguarded")
def upload_unguarded():
    if (folder / "report").exists():
        abort(409)
    (folder / "report").write_bytes(request.get_data())
    return {}, 201
