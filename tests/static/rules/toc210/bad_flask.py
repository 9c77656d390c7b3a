import logging
import threading

from flask import Flask, abort

app = Flask(__name__)


seats = {}


def log(name):
    logging.getLogger(__name__).info(name)


@app.post("/seats/<name>")
def take(name):
    lock = threading.Lock()
    with lock:
        left = seats[name]  # finds: TOC210
        if left < 1:
            abort(409)
        log(name)
        seats[name] = left - 1
    return "", 204
