from flask import Flask, request

from tocsin.guard.limits import Rate
from tocsin.guard.memory import Tallies, consume

app = Flask(__name__)
CALLS = Rate("calls", 10, per=60)


@app.post("/letters")
def send():
    tallies = Tallies()
    consume(tallies, CALLS, request.remote_addr)  # finds: TOC904
    return {}


@app.post("/cards")
def card():
    consume(Tallies(), CALLS, request.remote_addr)  # finds: TOC904
    return {}
