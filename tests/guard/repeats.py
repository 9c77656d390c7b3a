"""What ``once`` must do in every store, and a model of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import pytest
from hypothesis import strategies as st

from tocsin.guard.errors import Conflict, GuardError, Unprocessable
from tocsin.guard.idempotency import Answer, Asked, asked


class Store(Protocol):
    """``once``, each in a transaction of its own, where the store has any."""

    def once(self, asked: Asked | None, work: Callable[[], Answer], **how: Any) -> Answer: ...

    def grow_old(self, asked: Asked) -> dict[str, Any]:
        """Let what is kept of a request be over; what ``once`` has to be told for that."""
        ...


def ask(key: str = "k", body: bytes = b"{}", identity: str = "alice", path: str = "/pay") -> Asked:
    told = asked([f'"{key}"'], identity=identity, method="POST", path=path, body=body)
    assert told is not None
    return told


@dataclass
class Work:
    """Answers with how often it was done."""

    status: int = 201
    done: int = 0

    def __call__(self) -> Answer:
        self.done += 1
        return Answer.of({"done": self.done}, self.status)


class Broken(Exception):
    """Work that fails."""


def check_an_answer_is_given_again(store: Store) -> None:
    work = Work()
    first = store.once(ask(), work)
    assert first == store.once(ask(), work) == Answer.of({"done": 1}, 201)
    assert work.done == 1


def check_another_request_under_the_key_is_refused(store: Store) -> None:
    work = Work()
    store.once(ask(), work)
    with pytest.raises(Unprocessable, match="used for another request"):
        store.once(ask(body=b"[]"), work)
    assert work.done == 1


def check_a_key_belongs_to_an_identity_and_an_operation(store: Store) -> None:
    work = Work()
    for one in (ask(), ask("K"), ask(identity="bob"), ask(path="/refund")):
        store.once(one, work)
    assert work.done == 4


def check_what_failed_is_done_again(store: Store) -> None:
    def broken() -> Answer:
        raise Broken

    for _ in range(2):
        with pytest.raises(Broken):
            store.once(ask(), broken)
    server = Work(503)
    assert store.once(ask(), server) == Answer.of({"done": 1}, 503)
    assert store.once(ask(), server) == Answer.of({"done": 2}, 503)
    refused = Work(422)
    for _ in range(2):
        assert store.once(ask(), refused) == Answer.of({"done": 1}, 422)


def check_the_second_comes_back_while_the_first_is_at_work(store: Store) -> None:
    work = Work()

    def first() -> Answer:
        with pytest.raises(Conflict, match="is at work") as refused:
            store.once(ask(), work)
        assert refused.value.headers["Retry-After"] == "1"
        with pytest.raises(Unprocessable):
            store.once(ask(body=b"[]"), work)
        return work()

    assert store.once(ask(), first) == Answer.of({"done": 1}, 201)


def check_what_is_over_is_forgotten(store: Store) -> None:
    work = Work()
    store.once(ask(), work)
    later = store.grow_old(ask())
    assert store.once(ask(body=b"[]"), work, **later) == Answer.of({"done": 2}, 201)


def check_without_a_key_everything_is_done(store: Store) -> None:
    work = Work()
    for _ in range(2):
        store.once(None, work)
    assert work.done == 2


def check_bytes_and_headers_come_back(store: Store) -> None:
    made = Answer(200, (("X-Ray", "ß"), ("X-Ray", "2")), bytes(range(256)) * 300)
    for _ in range(2):
        assert store.once(ask(), lambda: made) == made


CHECKS = (
    check_an_answer_is_given_again,
    check_another_request_under_the_key_is_refused,
    check_a_key_belongs_to_an_identity_and_an_operation,
    check_what_failed_is_done_again,
    check_what_is_over_is_forgotten,
    check_without_a_key_everything_is_done,
    check_bytes_and_headers_come_back,
)

Step = tuple[str, str, str, int]
STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.tuples(
        st.sampled_from(["alice", "bob"]),
        st.sampled_from(["k", "l"]),
        st.sampled_from(["{}", "[]"]),
        st.sampled_from([200, 200, 404, 500, 0]),
    ),
    max_size=10,
)
"""Who asks, with which key and body, and what work answers; 0 when it fails."""


@dataclass
class Model:
    """Answers by identity and key."""

    kept: dict[tuple[str, str], tuple[str, Answer]] = field(default_factory=dict)
    done: int = 0

    def once(self, identity: str, key: str, body: str, status: int) -> Answer | type[Exception]:
        if (identity, key) in self.kept:
            known, answer = self.kept[identity, key]
            return answer if known == body else Unprocessable
        self.done += 1
        if not status:
            return Broken
        answer = Answer.of({"done": self.done}, status)
        if status < 500:
            self.kept[identity, key] = body, answer
        return answer


def run(store: Store, steps: list[Step], path: str) -> None:
    """Do the same with the store and with the model: both say the same."""
    model, work = Model(), Work()
    for identity, key, body, status in steps:

        def one(status: int = status) -> Answer:
            work.status = status
            answer = work()
            if not status:
                raise Broken
            return answer

        request = ask(key, body.encode(), identity, path)
        assert _told(lambda r=request, o=one: store.once(r, o)) == model.once(
            identity, key, body, status
        )
        assert work.done == model.done


def _told(once: Callable[[], Answer]) -> Answer | type[Exception]:
    try:
        return once()
    except (GuardError, Broken) as error:
        return type(error)
