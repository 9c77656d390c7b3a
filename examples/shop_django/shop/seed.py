"""A small world: five people, and something of everything."""

import os
from hashlib import sha256

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
django.setup()

from django.contrib.auth.hashers import make_password  # noqa: E402
from django.contrib.auth.models import Group, Permission, User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.management.color import no_style  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from .models import (  # noqa: E402
    Account,
    Coupon,
    GiftCard,
    Invoice,
    Item,
    Order,
    Profile,
    StoreCredit,
    Team,
)

PEOPLE = {
    "alice": ("wonderland", "user"),
    "bob": ("builder", "user"),
    "mallory": ("malice", "user"),
    "carol": ("carols", "manager"),
    "admin": ("sesame", "admin"),
}


def person(name: str, password: str, role: str) -> User:
    # The salt comes from the name, so that every run starts from the same bytes.
    user = User.objects.create(
        username=name,
        password=make_password(password, sha256(name.encode()).hexdigest()[:24]),
        is_staff=role != "user",
        is_superuser=role == "admin",
    )
    Profile.objects.create(user=user, email=f"{name}@example.com")
    StoreCredit.objects.create(user=user)
    Account.objects.create(user=user, balance=100)
    return user


def fill() -> None:
    alice, bob, _, carol, _ = (person(name, *rest) for name, rest in PEOPLE.items())
    Order.objects.create(buyer=alice, seller=carol, amount=30)
    Order.objects.create(buyer=alice, seller=carol, amount=20)
    Order.objects.create(buyer=bob, seller=carol, amount=50)
    GiftCard.objects.create(number="GIFT-100", balance=100)
    Coupon.objects.create(code="WELCOME", max_uses=1)
    Item.objects.create(name="lamp", owner=alice)
    Item.objects.create(name="bell", owner=bob)
    Item.objects.create(name="rope", owner=carol)
    Team.objects.create(name="founders")
    billing = Group.objects.create(name="billing")
    billing.permissions.add(Permission.objects.get(codename="change_invoice"))
    billing.user_set.add(alice, carol)
    Group.objects.create(name="legal").user_set.add(bob)
    Invoice.objects.create(group=billing, amount=1200)
    Invoice.objects.create(group=billing, amount=80)


def reset() -> None:
    """Every table empty, then these rows."""
    tables = connection.introspection.table_names()
    if "shop_order" not in tables:
        call_command("migrate", verbosity=0)
        tables = connection.introspection.table_names()
    # What comes with the migrations stays.
    kept = {"django_migrations", "django_content_type", "auth_permission"}
    used = [table for table in tables if table not in kept]
    if connection.vendor == "sqlite":
        # Kept in the file: a commit waits for the disk once, not four times.
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode = WAL")
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in connection.ops.sql_flush(no_style(), used, reset_sequences=True):
            cursor.execute(statement)
        fill()
