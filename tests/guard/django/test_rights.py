"""Rights of Django's own users, asked of the tables."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User

from tocsin.guard.django import atomic, authorize
from tocsin.guard.django.rights import in_group, permitted
from tocsin.guard.errors import Denied, Missing

CHANGE = "auth.change_user"


@pytest.fixture
def alice(accounts: str) -> Any:
    user = User.objects.create(username="alice")
    user.groups.add(Group.objects.create(name="billing"))
    return user


def allowed(database: str, grant: Any) -> bool:
    with atomic(database):
        try:
            authorize(grant)
        except Denied:
            return False
        return True


def test_members_of_a_group(database: str, alice: Any) -> None:
    assert allowed(database, in_group(alice, "billing"))
    assert allowed(database, in_group(alice, "sales", "billing"))
    assert not allowed(database, in_group(alice, "sales"))
    alice.groups.clear()
    assert not allowed(database, in_group(alice, "billing"))


def permission() -> Any:
    return Permission.objects.get(codename="change_user")


def test_a_permission_of_ones_own(database: str, alice: Any) -> None:
    assert not allowed(database, permitted(alice, CHANGE))
    alice.user_permissions.add(permission())
    assert allowed(database, permitted(alice, CHANGE))
    assert not allowed(database, permitted(alice, "auth.delete_user"))
    assert not allowed(database, permitted(alice, "shop.change_user"))


def test_a_permission_of_a_group(database: str, alice: Any) -> None:
    group = alice.groups.get()
    group.permissions.add(permission())
    assert alice.has_perm(CHANGE)
    assert allowed(database, permitted(alice, CHANGE))
    group.permissions.clear()
    # The object remembers; the tables do not.
    assert alice.has_perm(CHANGE)
    assert not allowed(database, permitted(alice, CHANGE))


def test_superusers_and_those_who_are_gone(database: str, alice: Any) -> None:
    User.objects.update(is_superuser=True)
    assert allowed(database, permitted(alice, CHANGE))
    User.objects.update(is_active=False)
    assert not allowed(database, permitted(alice, CHANGE))
    assert not allowed(database, in_group(alice, "billing"))


def test_what_is_secret(database: str, alice: Any) -> None:
    with pytest.raises(Missing):
        allowed(database, in_group(alice, "sales", secret=True))


def test_a_name_that_is_no_permission(database: str, alice: Any) -> None:
    with pytest.raises(ValueError, match=r"app\.codename"):
        permitted(alice, "change_user")
