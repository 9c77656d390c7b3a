"""HTTP Basic: who asks. What they may do is decided where it is done."""

from functools import partial

from django.contrib.auth.models import User

from tocsin.guard.basic import Counting, Gate, Limits
from tocsin.guard.django import drf_basic
from tocsin.guard.django.accounts import Accounts, Passwords
from tocsin.guard.limits import Attempts
from tocsin.guard.memory import Tallies, consume, refund

users = Accounts(User)


def counting(limit: Attempts) -> Counting:
    """In memory: several processes would count in a database, or in Redis."""
    tallies = Tallies()
    return Counting(partial(consume, tallies, limit), partial(refund, tallies, limit))


class BasicAuthentication(drf_basic.BasicAuthentication):
    """``request.auth`` is the proof; ``users.identity`` says who that is, in a transaction."""

    gate = Gate(
        accounts=users,
        passwords=Passwords(),
        limits=Limits(
            account=counting(Attempts("attempts for this account", 20, per=900)),
            address=counting(Attempts("attempts from this address", 100, per=900)),
        ),
        realm="shop",
        plain=True,  # for one's own machine; elsewhere passwords want HTTPS
    )
