"""What names mean: ``order_id`` speaks of orders, ``to`` of a user, ``n`` of an amount."""

from __future__ import annotations

import re

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

KEYS = frozenset({"id", "pk", "key", "uuid", "guid"})
LABELS = frozenset({"name", "code", "slug", "number", "no", "ref", "reference", "token"})
SELF = frozenset({"username", "user", "owner", "login", "buyer", "author", "customer", "account"})
OTHERS = frozenset(
    {"target", "to", "recipient", "receiver", "payee", "friend", "assignee", "member", "seller"}
)
PEOPLE = SELF | OTHERS
AMOUNTS = frozenset(
    {
        *("n", "amount", "quantity", "qty", "count", "points", "units", "value", "sum", "total"),
        *("price", "seats", "tickets", "credits", "coins", "copies", "num", "stake", "bid"),
    }
)
STOCKS = frozenset(
    {
        *("balance", "stock", "credit", "credits", "remaining", "available", "quantity", "limit"),
        *("points", "seats", "inventory", "quota", "budget", "left", "count", "amount", "funds"),
        *("max_uses", "capacity"),
    }
)
KEPT = frozenset({"db", "store", "table", "data", "map", "dict", "by", "with", "list", "cache"})
VERSIONS = frozenset({"version", "v", "etag", "revision", "rev"})
STATES = frozenset({"role", "status", "state", "kind", "type", "level", "permission"})


def split(name: str) -> tuple[str, ...]:
    """``orderId``, ``order-id`` and ``order_id`` alike: ``("order", "id")``."""
    return tuple(word.lower() for word in WORD.findall(name))


def singular(word: str) -> str:
    """The singular of a table's or path's word: good enough for ``orders`` and ``addresses``."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes", "uses")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def noun(name: str) -> str:
    """One comparable form: ``gift_cards``, ``GiftCard`` and ``giftcards`` are ``giftcard``."""
    return singular("".join(split(name)))


def closeness(table: str, wanted: str) -> int | None:
    """How well a table's name fits a noun, the lower the better.

    0 exactly, 1 with a prefix (``shop_order``), 2 with a word that says how it is kept
    (``orders_db``), 3 as part of the noun (``cards`` for a gift card).
    """
    words = split(table.rpartition(".")[2])
    endings = [singular("".join(words[start:])) for start in range(len(words))]
    if wanted in endings:
        return 1 if endings.index(wanted) else 0
    if len(words) > 1 and singular(words[0]) == wanted and words[1] in KEPT:
        return 2
    return 3 if endings and len(endings[0]) > 3 and wanted.endswith(endings[0]) else None


def is_amount(name: str) -> bool:
    """Whether a field of this name takes a quantity."""
    words = split(name)
    return bool(words) and words[-1] in AMOUNTS


def is_person(name: str) -> bool:
    """Whether a field of this name takes a user."""
    words = [word for word in split(name) if word not in KEYS | {"name"}]
    return bool(words) and words[-1] in PEOPLE


def names_a_row(name: str) -> bool:
    """Whether a field of this name has to hold something that is there: a key, a user, a state."""
    words = set(split(name))
    return bool(words & (KEYS | STATES | VERSIONS)) or is_person(name)


def is_someone_else(name: str) -> bool:
    """Whether a field of this name usually takes a user other than the one who asks."""
    return any(word in OTHERS for word in split(name))
