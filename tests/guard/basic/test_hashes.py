"""Stored passwords."""

from __future__ import annotations

import importlib.util
import sys
import threading

import pytest

from tests.guard.basic.cheap import Cheap
from tocsin.guard.basic.argon2 import Argon2
from tocsin.guard.basic.hashes import Algorithm, Hashes
from tocsin.guard.basic.scrypt import Scrypt

SMALL = Scrypt(ln=4)


def argon2() -> Argon2:
    import argon2

    return Argon2(argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


ALGORITHMS: dict[str, Algorithm] = {"scrypt": SMALL, "argon2": argon2()}


@pytest.fixture(params=ALGORITHMS.values(), ids=ALGORITHMS)
def algorithm(request: pytest.FixtureRequest) -> Algorithm:
    found: Algorithm = request.param
    return found


def test_a_password_is_known_again(algorithm: Algorithm) -> None:
    stored = algorithm.hash("correct horse")
    assert algorithm.owns(stored)
    assert algorithm.verify(stored, "correct horse")
    assert not algorithm.verify(stored, "correct horses")
    assert not algorithm.stale(stored)
    assert algorithm.hash("correct horse") != stored


def test_other_parameters_are_understood_and_stale() -> None:
    stored = Scrypt(ln=3, r=4, p=2).hash("a")
    assert SMALL.verify(stored, "a")
    assert SMALL.stale(stored)


def test_a_known_answer_of_rfc_7914() -> None:
    # Section 12, the second vector: its first 32 bytes.
    stored = "$scrypt$ln=10,r=8,p=16$TmFDbA$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWI"
    with pytest.raises(ValueError, match="not a hash"):
        Scrypt().verify(stored, "password")  # A salt of four bytes is none of ours.
    made = Scrypt(ln=10, r=8, p=16)._derived("password", b"NaCl")
    assert made.hex().startswith("fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162")


BROKEN = [
    "",
    "plain",
    "$scrypt$",
    "$scrypt$ln=99,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$" + "A" * 43,
    "$scrypt$ln=4,r=0,p=1$AAAAAAAAAAAAAAAAAAAAAA$" + "A" * 43,
    "$scrypt$ln=4,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA",
    "$argon2id$v=19$m=8,t=1,p=1$AAAA",
    "$argon2id$",
]


@pytest.mark.parametrize("stored", BROKEN)
def test_what_cannot_have_been_stored_is_nobodys(stored: str, algorithm: Algorithm) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 # whose it is, is its own affair
        algorithm.verify(stored, "a")
    assert not Hashes(algorithm).verify(stored, "a")


def test_the_first_makes_and_the_others_are_stale() -> None:
    old, new = Cheap(name="old"), Cheap(name="new")
    hashes = Hashes(new, old)
    assert hashes.hash("a") == "$new$1$a"
    assert hashes.verify("$old$1$a", "a")
    assert hashes.stale("$old$1$a")
    assert not hashes.stale("$new$1$a")
    assert hashes.stale("$new$0$a")


@pytest.mark.parametrize("stored", [None, "", "plain", "$other$1$a", "$cheap$"])
def test_nobody_takes_as_long_as_somebody(stored: str | None) -> None:
    cheap = Cheap()
    hashes = Hashes(cheap)
    assert not hashes.verify(stored, "a")
    assert cheap.verified[-1] == hashes._nobodys


def test_nobodys_password_lets_nobody_in() -> None:
    cheap = Cheap()
    hashes = Hashes(cheap)
    _, _, _, password = hashes._nobodys.split("$", 3)
    assert not hashes.verify(None, password)


def test_passwords_are_prepared() -> None:
    hashes = Hashes(SMALL)
    assert hashes.verify(hashes.hash("e\u0301\u00a0"), "é ")


def test_what_is_installed_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Hashes().hash("a").startswith("$argon2id$")
    real = importlib.util.find_spec
    missing = {"argon2"}
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name in missing else real(name)
    )
    monkeypatch.setitem(sys.modules, "argon2", None)
    assert Hashes().hash("a").startswith("$scrypt$ln=17,r=8,p=1$")


def test_not_all_are_computed_at_once() -> None:
    inside, most = 0, 0
    lock, meeting = threading.Lock(), threading.Barrier(2)

    class Slow(Cheap):
        def verify(self, stored: str, password: str) -> bool:
            nonlocal inside, most
            with lock:
                inside += 1
                most = max(most, inside)
            # Two are in here at once, or nobody gets any further.
            meeting.wait(timeout=30)
            with lock:
                inside -= 1
            return super().verify(stored, password)

    hashes = Hashes(Slow(), parallel=2)
    threads = [threading.Thread(target=hashes.verify, args=("$cheap$1$a", "a")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2
