"""Who gets in, and what is told of those who do not."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest

from tests.guard.basic.cheap import Cheap
from tocsin.guard.basic import (
    Account,
    Attempt,
    Burst,
    Bursts,
    Client,
    Counting,
    Event,
    Gate,
    Hashes,
    Limits,
    Outcome,
    Verified,
)
from tocsin.guard.basic.perform import at_once, plainly, threaded
from tocsin.guard.errors import Denied, GuardError, TooMany, Unauthenticated
from tocsin.guard.limits import Attempts
from tocsin.guard.memory import Tallies, consume, refund

HERE = Client("198.51.100.7", secure=True)


@dataclass
class Kept:
    """Accounts in a dictionary."""

    stored: dict[str, str] = field(default_factory=lambda: {"alice": "$cheap$1$secret"})
    closed: set[str] = field(default_factory=set)
    found: list[str] = field(default_factory=list)
    before_renewal: Callable[[], None] = lambda: None

    def find(self, username: str) -> Account | None:
        self.found.append(username)
        if username.lower() not in self.stored:
            return None
        name = username.lower()
        return Account(name, self.stored[name], active=name not in self.closed)

    def renew(self, account: Account, anew: str) -> bool:
        self.before_renewal()
        if self.stored[account.username] != account.stored:
            return False
        self.stored[account.username] = anew
        return True


@dataclass
class Told:
    events: list[Event] = field(default_factory=list)

    def told(self, event: Event) -> None:
        self.events.append(event)

    @property
    def outcomes(self) -> list[str]:
        return [str(e.outcome) if isinstance(e, Attempt) else "burst" for e in self.events]


def counting(limit: Attempts) -> Counting:
    tallies = Tallies()
    clock = lambda: 1_000.0  # noqa: E731
    return Counting(
        partial(consume, tallies, limit, clock=clock), partial(refund, tallies, limit, clock=clock)
    )


class World:
    """A gate, and everything around it."""

    def __init__(self, **kwargs: Any) -> None:
        self.accounts = Kept()
        self.cheap = Cheap()
        self.told = Told()
        limits = Limits(
            account=counting(Attempts("account", 3, per=900)),
            address=counting(Attempts("address", 5, per=900)),
        )
        given = {"limits": limits, "bursts": None, "realm": "shop", **kwargs}
        self.gate = Gate(
            accounts=self.accounts,
            passwords=Hashes(self.cheap),
            watchers=(self.told,),
            **given,
        )

    def ask(self, username: str, password: str, client: Client = HERE) -> Verified:
        token = base64.b64encode(f"{username}:{password}".encode()).decode()
        return self.send(f"Basic {token}", client)

    def send(self, header: str | None, client: Client = HERE) -> Verified:
        return at_once(self.gate.admit(header, client, plainly))

    def status(self, username: str, password: str, client: Client = HERE) -> int:
        try:
            self.ask(username, password, client)
        except GuardError as error:
            return error.status
        return 200


def test_a_proof() -> None:
    world = World()
    assert world.ask("alice", "secret") == Verified("alice", "$cheap$1$secret", "shop")
    assert world.told.events == [Attempt(Outcome.ACCEPTED, "alice", "198.51.100.7")]
    assert "secret" not in repr(world.ask("alice", "secret"))


def test_the_name_is_the_one_that_is_stored() -> None:
    assert World().ask("ALICE", "secret").username == "alice"


@pytest.mark.parametrize(
    ("header", "outcome"),
    [
        (None, "absent"),
        ("", "unreadable"),
        ("Bearer abc", "unreadable"),
        ("Basic !", "unreadable"),
        ("Basic bm9ib2R5OnNlY3JldA==", "unknown"),
        ("Basic YWxpY2U6d3Jvbmc=", "wrong"),
        ("Basic Y2Fyb2w6c2VjcmV0", "inactive"),
        ("Basic Y2Fyb2w6d3Jvbmc=", "wrong"),
    ],
)
def test_whatever_is_wrong_the_answer_is_the_same(header: str | None, outcome: str) -> None:
    world = World()
    world.accounts.stored["carol"] = "$cheap$1$secret"
    world.accounts.closed.add("carol")
    with pytest.raises(Unauthenticated) as refusal:
        world.send(header)
    assert refusal.value.headers["WWW-Authenticate"] == 'Basic realm="shop", charset="UTF-8"'
    assert refusal.value.detail == "name and password are needed, and have to be right"
    assert refusal.value.__cause__ is None
    assert world.told.outcomes == [outcome]


@pytest.mark.parametrize("username", ["alice", "nobody", "gibberish"])
def test_unknown_users_cost_what_known_ones_do(username: str) -> None:
    world = World()
    world.accounts.stored["gibberish"] = "none"
    world.status(username, "wrong")
    assert len(world.cheap.verified) == 1


def test_nothing_is_accepted_over_plain_http() -> None:
    world = World()
    plain = Client("198.51.100.7", secure=False)
    with pytest.raises(Denied) as refusal:
        world.ask("alice", "secret", plain)
    assert not refusal.value.headers
    assert (world.accounts.found, world.told.outcomes) == ([], ["plain"])
    assert World(plain=True).ask("alice", "secret", plain)


def test_attempts_of_an_account_are_counted_before_the_password_is_looked_at() -> None:
    world = World()
    assert [world.status("alice", "wrong") for _ in range(3)] == [401] * 3
    verified = len(world.cheap.verified)
    with pytest.raises(TooMany) as refusal:
        world.ask("Alice", "secret", Client("192.0.2.1", secure=True))
    assert refusal.value.retry_after == 900
    assert len(world.cheap.verified) == verified
    assert world.told.outcomes[-1] == "limited"


def test_attempts_from_an_address_are_counted_over_accounts() -> None:
    world = World()
    assert [world.status(f"user{n}", "x") for n in range(6)] == [401] * 5 + [429]
    assert world.status("alice", "secret", Client("192.0.2.1", secure=True)) == 200


def test_unknown_accounts_are_limited_as_known_ones() -> None:
    world = World()
    assert [world.status("nobody", "x") for _ in range(4)] == [401] * 3 + [429]


def test_spellings_of_one_name_are_one_key() -> None:
    world = World()
    spellings = ["alice", "ALICE", "\uff21lice", "alice"]
    assert [world.status(name, "x") for name in spellings] == [401] * 3 + [429]


def test_spellings_that_only_the_database_takes_for_one_name_are_one_key() -> None:
    world = World()

    class Padding(Kept):
        def find(self, username: str) -> Account | None:
            return super().find(username.rstrip().replace("\u00e4", "a"))

    world.gate = replace(world.gate, accounts=Padding())
    spellings = ["alice", "alice  ", "\u00e4lice", "alice   "]
    assert [world.status(name, "x") for name in spellings] == [401] * 3 + [429]


def test_what_succeeds_is_given_back_and_no_more() -> None:
    world = World()
    assert [world.status("alice", "secret") for _ in range(9)] == [200] * 9
    tries = [world.status("alice", word) for word in ("x", "secret", "x", "secret", "x", "secret")]
    assert tries == [401, 200, 401, 200, 401, 429]


def test_those_who_ask_in_parallel_get_no_more() -> None:
    world = World()
    inside, let_go = threading.Semaphore(0), threading.Event()

    class Meeting(Cheap):
        def verify(self, stored: str, password: str) -> bool:
            inside.release()
            assert let_go.wait(timeout=30)
            return super().verify(stored, password)

    world.gate = replace(world.gate, passwords=Hashes(Meeting()))
    codes: list[int] = []
    threads = [
        threading.Thread(target=lambda: codes.append(world.status("alice", "x"))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    # All three are before the password when the fourth comes: it waits for nothing.
    assert all(inside.acquire(timeout=30) for _ in threads)
    assert world.status("alice", "secret") == 429
    let_go.set()
    for thread in threads:
        thread.join()
    assert codes == [401] * 3


def test_a_stale_hash_is_renewed() -> None:
    world = World()
    world.accounts.stored["alice"] = "$cheap$0$secret"
    assert world.ask("alice", "secret").stored == "$cheap$1$secret"
    assert world.accounts.stored["alice"] == "$cheap$1$secret"


def test_a_wrong_password_renews_nothing() -> None:
    world = World()
    world.accounts.stored["alice"] = "$cheap$0$secret"
    assert world.status("alice", "wrong") == 401
    assert world.accounts.stored["alice"] == "$cheap$0$secret"


def test_a_password_that_is_changed_meanwhile_is_not_changed_back() -> None:
    world = World()
    world.accounts.stored["alice"] = "$cheap$0$secret"
    world.accounts.before_renewal = lambda: world.accounts.stored.update(alice="$cheap$1$other")
    assert world.status("alice", "secret") == 401
    assert world.accounts.stored["alice"] == "$cheap$1$other"
    assert world.told.outcomes == ["wrong"]


def test_who_is_overtaken_by_another_login_proves_what_that_one_stored() -> None:
    world = World()
    world.accounts.stored["alice"] = "$cheap$0$secret"

    def overtaken() -> None:
        world.accounts.stored["alice"] = "$cheap$1$secret"

    world.accounts.before_renewal = overtaken
    assert world.ask("alice", "secret").stored == "$cheap$1$secret"
    assert world.accounts.found == ["alice", "alice"]


def test_a_hash_that_never_stays_is_refused_in_the_end() -> None:
    world = World()
    world.accounts.stored["alice"] = "$cheap$0$secret"
    rounds = iter(range(10, 99))

    def overtaken() -> None:
        world.accounts.stored["alice"] = f"$cheap${next(rounds)}$secret"

    world.accounts.before_renewal = overtaken
    assert world.status("alice", "secret") == 401


def test_a_burst_is_told() -> None:
    world = World(bursts=Bursts(2, 60.0), limits=None)
    world.ask("alice", "secret")
    world.ask("Alice", "secret")
    assert world.told.events[1] == Burst("Alice", "198.51.100.7", 2, 60.0)
    assert world.told.outcomes == ["accepted", "burst", "accepted"]


def test_a_passwords_verdict_is_true_or_it_is_not() -> None:
    world = World()

    class Odd(Hashes):
        def verify(self, stored: str | None, password: str) -> bool:
            return "yes"  # type: ignore[return-value]

    world.gate = replace(world.gate, passwords=Odd(world.cheap))
    assert world.status("alice", "secret") == 401


def test_a_realm_that_no_header_can_hold_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="realm"):
        World(realm="é")


def test_awaited_with_accounts_that_are_awaited() -> None:
    world = World()
    kept = world.accounts

    class Awaited:
        async def find(self, username: str) -> Account | None:
            await asyncio.sleep(0)
            return kept.find(username)

        async def renew(self, account: Account, anew: str) -> bool:
            return kept.renew(account, anew)

    kept.stored["alice"] = "$cheap$0$secret"
    gate = replace(world.gate, accounts=Awaited())
    header = "Basic YWxpY2U6c2VjcmV0"
    verified = asyncio.run(gate.admit(header, HERE, threaded(asyncio.to_thread)))
    assert verified.stored == kept.stored["alice"] == "$cheap$1$secret"
    with pytest.raises(TypeError, match="has to be awaited"):
        at_once(gate.admit(header, HERE, plainly))
