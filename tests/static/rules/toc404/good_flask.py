import redis
from flask import Flask, abort

app = Flask(__name__)
store = redis.Redis()


@app.post("/jobs/<key>/start")
def start(key):
    if store.set(f"job:{key}", 1, nx=True):
        return "started"
    abort(409)


@app.get("/pages/<key>")
def page(key):
    """Twice in the cache is as good as once: both requests get the same answer."""
    if not store.exists(f"page:{key}"):
        store.set(f"page:{key}", 1)
        return "seen"
    return "seen"
