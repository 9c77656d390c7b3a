"""What the shop knows: module-level containers, changed in place.

Each is used either on the event loop or in threads, never in both, but for the names and
roles of ``users_db``, which are read and written by one operation at a time.
"""

import os
import threading
from asyncio import Lock
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILES = Path(os.environ.get("SHOP_FILES", Path(__file__).parent.parent / "files"))


@dataclass(frozen=True)
class Item:
    id: int
    name: str


@dataclass(frozen=True)
class Listing:
    id: int
    title: str
    owner: str


users_db: dict[str, dict[str, str]] = {}  # name -> salt, digest, role

# On the event loop.
USERS_WITH_VERSION: dict[str, dict[str, Any]] = {}  # name -> email, _v
accounts: dict[str, int] = {}
credits: dict[str, int] = {}
orders: dict[int, dict[str, Any]] = {}
wishes: dict[str, list[str]] = {}
members: dict[str, set[str]] = {}  # group -> names
invoices: dict[int, dict[str, Any]] = {}
email_lock = Lock()

# In threads.
items: dict[int, Item] = {}
listings: dict[int, Listing] = {}
cards: dict[str, int] = {}
coupons: dict[str, int] = {}  # code -> uses allowed
redemptions: dict[str, list[str]] = {}  # code -> who used it
tickets: dict[str, str] = {}  # ticket -> seat
listings_lock = threading.Lock()
cards_lock = threading.Lock()
coupons_lock = threading.Lock()
