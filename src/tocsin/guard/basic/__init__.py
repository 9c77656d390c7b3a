"""HTTP Basic authentication: a `Gate` decides, the adapters of the frameworks ask it."""

from tocsin.guard.basic.accounts import Account, Accounts, Verified
from tocsin.guard.basic.bursts import Bursts
from tocsin.guard.basic.client import Client, Proxies
from tocsin.guard.basic.counting import Counting, Limiter, Limits
from tocsin.guard.basic.events import Attempt, Burst, Counted, Event, Log, Metrics, Outcome, Watcher
from tocsin.guard.basic.gate import Gate
from tocsin.guard.basic.hashes import Hashes, Passwords
from tocsin.guard.basic.header import Credentials, parse

__all__ = [
    "Account",
    "Accounts",
    "Attempt",
    "Burst",
    "Bursts",
    "Client",
    "Counted",
    "Counting",
    "Credentials",
    "Event",
    "Gate",
    "Hashes",
    "Limiter",
    "Limits",
    "Log",
    "Metrics",
    "Outcome",
    "Passwords",
    "Proxies",
    "Verified",
    "Watcher",
    "parse",
]
