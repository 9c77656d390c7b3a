import logging
import threading

from flask import Flask, abort, jsonify

app = Flask(__name__)


used = set()
lock = threading.Lock()


def log(name):
    logging.getLogger(__name__).info(name)


@app.post("/coupons/<name>")
def redeem(name):
    with lock:
        if name in used:
            abort(409)
        log(name)
        used.add(name)
    return "", 204


@app.get("/coupons")
def listed():
    return jsonify(sorted(used))
