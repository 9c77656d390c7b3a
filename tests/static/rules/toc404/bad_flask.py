import redis
from flask import Flask, abort

app = Flask(__name__)
store = redis.Redis()


@app.post("/jobs/<key>/start")
def start(key):
    if not store.exists(f"job:{key}"):  # finds: TOC404
        store.set(f"job:{key}", 1)
        return "started"
    abort(409)
