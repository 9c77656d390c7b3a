from flask import Flask, request

from tocsin.guard.limits import Rate
from tocsin.guard.memory import Tallies, consume

app = Flask(__name__)
CALLS = Rate("calls", 10, per=60)
tallies = Tallies()


@app.post("/letters")
def send():
    consume(tallies, CALLS, request.remote_addr)
    return {}
