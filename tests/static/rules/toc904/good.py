from flask import Flask, current_app, request

from tocsin.guard.limits import Rate
from tocsin.guard.memory import Tallies, consume

app = Flask(__name__)
CALLS = Rate("calls", 10, per=60)


class Limits:
    def __init__(self) -> None:
        self.tallies = Tallies()


limits = Limits()
app.extensions["tallies"] = Tallies()


@app.post("/letters")
def send():
    consume(limits.tallies, CALLS, request.remote_addr)
    return {}


@app.post("/cards")
def card():
    consume(current_app.extensions["tallies"], CALLS, request.remote_addr)
    return {}
