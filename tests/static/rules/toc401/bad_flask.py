import asyncio
import logging

from flask import Flask, abort

app = Flask(__name__)


used = set()


def log(name):
    logging.getLogger(__name__).info(name)


@app.post("/coupons/<name>")
async def redeem(name):
    if name in used:  # finds: TOC401
        abort(409)
    await asyncio.to_thread(log, name)
    used.add(name)
    return "", 204
