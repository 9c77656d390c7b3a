"""A small world: five people, and something of everything."""

from typing import Any

from . import state
from .auth import digest
from .state import FILES, Item, Listing

PEOPLE = {
    "alice": ("wonderland", "user"),
    "bob": ("builder", "user"),
    "mallory": ("malice", "user"),
    "carol": ("carols", "manager"),
    "admin": ("sesame", "admin"),
}


def world() -> dict[str, dict[Any, Any]]:
    # The salt is the name, so that every run starts from the same bytes.
    return {
        "users_db": {
            name: {"salt": name, "digest": digest(password, name), "role": role}
            for name, (password, role) in PEOPLE.items()
        },
        "USERS_WITH_VERSION": {name: {"email": f"{name}@example.com", "_v": 1} for name in PEOPLE},
        "accounts": dict.fromkeys(PEOPLE, 100),
        "credits": dict.fromkeys(PEOPLE, 0),
        "orders": {
            1: {"buyer": "alice", "seller": "carol", "amount": 30, "status": "pending"},
            2: {"buyer": "alice", "seller": "carol", "amount": 20, "status": "pending"},
            3: {"buyer": "bob", "seller": "carol", "amount": 50, "status": "pending"},
        },
        "wishes": {name: [] for name in PEOPLE},
        "members": {"billing": {"alice", "carol"}},
        "invoices": {
            1: {"group": "billing", "amount": 1200},
            2: {"group": "billing", "amount": 80},
        },
        "items": {1: Item(1, "glove"), 2: Item(2, "key"), 3: Item(3, "hat")},
        "listings": {1: Listing(1, "Lantern", "alice"), 2: Listing(2, "Rope", "bob")},
        "cards": {"GIFT-100": 100},
        "coupons": {"WELCOME": 1},
        "redemptions": {"WELCOME": []},
        "tickets": {"T-1": "A1", "T-2": "A2"},
    }


def fill() -> None:
    """Every container filled again, in place."""
    for name, content in world().items():
        container = getattr(state, name)
        container.clear()
        container.update(content)
    FILES.mkdir(parents=True, exist_ok=True)


def reset() -> None:
    """The same, and one avatar in the folder."""
    fill()
    for path in FILES.iterdir():
        path.unlink()
    (FILES / "clapper").write_bytes(b"<svg/>")
