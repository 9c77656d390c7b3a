"""A gate that lets in whoever says a name: pages about other guards have no accounts."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from tocsin.guard.basic import Account, Gate


class Everybody:
    """Accounts: each name is somebody's."""

    def find(self, username: str) -> Account:
        return Account(username, "kept")

    def renew(self, account: Account, anew: str) -> bool:
        raise NotImplementedError


class Anything:
    """Passwords: each is right."""

    def verify(self, stored: str | None, password: str) -> bool:
        return True

    def hash(self, password: str) -> str:
        raise NotImplementedError

    def stale(self, stored: str) -> bool:
        return False


def shop(monkeypatch: pytest.MonkeyPatch) -> None:
    """``shop.login`` has such a gate, for a while."""
    login = ModuleType("shop.login")
    gate = Gate(accounts=Everybody(), passwords=Anything(), limits=None, realm="shop", plain=True)
    vars(login)["gate"] = gate
    monkeypatch.setitem(sys.modules, "shop", ModuleType("shop"))
    monkeypatch.setitem(sys.modules, "shop.login", login)
