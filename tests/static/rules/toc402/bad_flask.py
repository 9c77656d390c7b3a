import logging

from flask import Flask, abort

app = Flask(__name__)


used = set()


def log(name):
    logging.getLogger(__name__).info(name)


@app.post("/coupons/<name>")
def redeem(name):
    if name in used:  # finds: TOC402
        abort(409)
    log(name)
    used.add(name)
    return "", 204
