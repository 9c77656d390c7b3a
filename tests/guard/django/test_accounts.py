"""Django's users as accounts: found, renewed, and who they are now."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import hashers
from django.db import transaction
from django.test import override_settings

from tocsin.guard.basic import Account, Verified
from tocsin.guard.django import authorize, holds
from tocsin.guard.django.accounts import Accounts, Passwords
from tocsin.guard.errors import Denied, Unauthenticated

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
CHEAP = "django.contrib.auth.hashers.MD5PasswordHasher"
PBKDF2 = "django.contrib.auth.hashers.PBKDF2PasswordHasher"


@pytest.fixture
def users(accounts: str) -> Any:
    from django.contrib.auth.models import User

    User.objects.create(username="alice", password="old", is_staff=True)
    User.objects.create(username="bob", password="", is_active=False)
    return User


def test_accounts_are_found(users: Any) -> None:
    found = Accounts(users)
    assert found.find("alice") == Account("alice", "old", active=True)
    assert found.find("bob") == Account("bob", "", active=False)
    assert found.find("nobody") is None


def test_a_queryset_and_names_of_fields(users: Any) -> None:
    staff = Accounts(users.objects.filter(is_staff=True), username="email", active=None)
    users.objects.filter(username="alice").update(email="alice@example.com")
    assert staff.find("alice@example.com") == Account("alice@example.com", "old")
    assert staff.find("") is None


def test_a_hash_is_renewed_if_it_is_the_old_one(users: Any) -> None:
    found = Accounts(users)
    seen = found.find("alice")
    assert seen is not None
    assert found.renew(seen, "new") is True
    assert found.renew(seen, "newer") is False
    assert found.find("alice") == Account("alice", "new")


def test_who_somebody_is_now(users: Any, accounts: str) -> None:
    for change in (False, True):
        with transaction.atomic(using=accounts):
            proof = Verified("alice", "old", "shop")
            assert Accounts(users).identity(proof, change=change).is_staff


def test_a_proof_in_a_grant(users: Any, accounts: str) -> None:
    found = Accounts(users)
    proof, old = Verified("alice", "old", "shop"), Verified("alice", "older", "shop")
    with transaction.atomic(using=accounts):
        assert authorize(holds(found.proven(proof).filter(is_staff=True))).username == "alice"
        with pytest.raises(Denied):
            authorize(holds(found.proven(proof).filter(is_superuser=True)))
        with pytest.raises(Denied):
            authorize(holds(found.proven(old)))
        with pytest.raises(Denied):
            authorize(holds(found.proven(Verified("bob", "", "shop"))))


def test_a_right_lasts_as_long_as_its_transaction(users: Any) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        Accounts(users).identity(Verified("alice", "old", "shop"))


@pytest.mark.parametrize(
    "meanwhile", [{"password": "new"}, {"is_active": False}, {"username": "alice2"}], ids=str
)
def test_a_proof_that_is_none_any_more(
    users: Any, accounts: str, meanwhile: dict[str, object]
) -> None:
    users.objects.filter(username="alice").update(**meanwhile)
    with transaction.atomic(using=accounts), pytest.raises(Unauthenticated):
        Accounts(users).identity(Verified("alice", "old", "shop"))


@override_settings(PASSWORD_HASHERS=[CHEAP])
def test_passwords_are_hashed_as_the_settings_say() -> None:
    passwords = Passwords()
    stored = passwords.hash("e\u0301")
    assert stored.startswith("md5$")
    assert passwords.verify(stored, "é") is True
    assert passwords.verify(stored, "e") is False
    assert not passwords.stale(stored)


def test_other_hashers_are_stale() -> None:
    with override_settings(PASSWORD_HASHERS=[CHEAP]):
        stored = hashers.make_password("a")
    with override_settings(PASSWORD_HASHERS=[PBKDF2, CHEAP]):
        assert Passwords().verify(stored, "a")
        assert Passwords().stale(stored)
        few = hashers.PBKDF2PasswordHasher().encode("a", "0123456789012345678901", 1)
        assert Passwords().stale(few)


@pytest.mark.parametrize("stored", [None, "", "!", "plain", "md5$", "other$a$b", "md5$$"])
def test_nobody_takes_as_long_as_somebody(
    stored: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[str] = []
    real = hashers.MD5PasswordHasher.encode

    def counted(self: Any, password: str, salt: str) -> Any:
        made = real(self, password, salt)
        encoded.append(made)
        return made

    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", counted)
    with override_settings(PASSWORD_HASHERS=[CHEAP]):
        assert Passwords().verify(stored, "a") is False
    assert len(encoded) == 1
