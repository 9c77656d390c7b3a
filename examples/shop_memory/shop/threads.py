"""Plain ``def`` endpoints: each runs in a thread, which may be interrupted at any call."""

import logging
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, Field

from .auth import Me
from .state import (
    Item,
    Listing,
    cards,
    cards_lock,
    coupons,
    coupons_lock,
    items,
    listings,
    listings_lock,
    redemptions,
    tickets,
)

router = APIRouter()
log = logging.getLogger("shop")

N = Annotated[int, Query(gt=0, examples=[80])]


class NewItem(BaseModel):
    id: int = Field(gt=0, examples=[9])
    name: str = Field(min_length=1, max_length=80, examples=["umbrella"])


class Title(BaseModel):
    title: str = Field(min_length=1, max_length=80, examples=["Old lantern"])


class Gift(BaseModel):
    to: str = Field(examples=["bob"])


@router.get("/items")
def list_items(me: Me) -> list[Item]:
    """Lost and found: whoever misses an item may take it."""
    return list(items.values())


@router.post("/items", status_code=201)
def bring_item(body: NewItem, me: Me) -> Item:
    """Safe: ``setdefault`` asks and adds in one operation."""
    item = Item(body.id, body.name)
    if items.setdefault(item.id, item) is not item:
        raise HTTPException(409, "number taken")
    return item


@router.delete("/items/{item_id}")
def take_item(item_id: int, me: Me) -> dict[str, int]:
    """Crashes: between the check and ``del`` there is a call, and time for somebody else."""
    if item_id not in items:
        raise HTTPException(404, "no such item")
    log.info("%s takes item %s", me, item_id)
    del items[item_id]
    return {"taken": item_id}


@router.delete("/bare/items/{item_id}")
def take_item_at_once(item_id: int, me: Me) -> dict[str, int]:
    """Holds under the GIL: neither call nor await between the check and ``del``."""
    if item_id not in items:
        raise HTTPException(404, "no such item")
    del items[item_id]
    return {"taken": item_id}


@router.delete("/safe/items/{item_id}")
def take_item_safely(item_id: int, me: Me) -> dict[str, int]:
    """Safe: ``pop`` asks and takes in one operation."""
    if items.pop(item_id, None) is None:
        raise HTTPException(404, "no such item")
    return {"taken": item_id}


@router.put("/listings/{listing_id}")
def rename_listing(listing_id: int, body: Title, me: Me) -> Listing:
    """Races: writes back all that it read, the owner too."""
    listing = listings.get(listing_id)
    if listing is None or listing.owner != me:
        raise HTTPException(404, "no listing of yours")
    renamed = replace(listing, title=body.title)
    listings[listing_id] = renamed
    return renamed


@router.put("/safe/listings/{listing_id}")
def rename_listing_safely(listing_id: int, body: Title, me: Me) -> Listing:
    """Safe: under the lock that giving away takes as well."""
    with listings_lock:
        listing = listings.get(listing_id)
        if listing is None or listing.owner != me:
            raise HTTPException(404, "no listing of yours")
        renamed = listings[listing_id] = replace(listing, title=body.title)
    return renamed


@router.post("/listings/{listing_id}/give")
def give_listing(listing_id: int, body: Gift, me: Me) -> Listing:
    """Safe by itself; it takes away the ownership that others trust."""
    with listings_lock:
        listing = listings.get(listing_id)
        if listing is None or listing.owner != me:
            raise HTTPException(404, "no listing of yours")
        given = listings[listing_id] = replace(listing, owner=body.to)
    return given


@router.post("/giftcards/{number}/spend")
def spend(number: str, n: N, me: Me) -> dict[str, int]:
    """Races: what is left is computed from what was there."""
    balance = cards.get(number, 0)
    if balance < n:
        raise HTTPException(409, "not enough on this card")
    log.info("%s spends %s", me, n)
    cards[number] = balance - n
    return {"left": balance - n}


@router.post("/safe/giftcards/{number}/spend")
def spend_safely(number: str, n: N, me: Me) -> dict[str, int]:
    """Safe among those who take the lock."""
    with cards_lock:
        balance = cards.get(number, 0)
        if balance < n:
            raise HTTPException(409, "not enough on this card")
        log.info("%s spends %s", me, n)
        cards[number] = balance - n
    return {"left": balance - n}


@router.post("/coupons/{code}/redeem")
def redeem(code: str, me: Me) -> dict[str, str]:
    """Races: uses are counted, then one is added."""
    if len(redemptions.get(code, ())) >= coupons.get(code, 0):
        raise HTTPException(409, "used up, or no such coupon")
    log.info("%s redeems %s", me, code)
    redemptions[code].append(me)
    return {"redeemed": code}


@router.post("/safe/coupons/{code}/redeem")
def redeem_safely(code: str, me: Me) -> dict[str, str]:
    """Safe among those who take the lock."""
    with coupons_lock:
        if len(redemptions.get(code, ())) >= coupons.get(code, 0):
            raise HTTPException(409, "used up, or no such coupon")
        log.info("%s redeems %s", me, code)
        redemptions[code].append(me)
    return {"redeemed": code}


@router.post("/tickets/{ticket}/use")
def use_ticket(ticket: str, me: Me) -> dict[str, str]:
    """Races: looked up, then taken away; two may have looked."""
    seat = tickets.get(ticket)
    if seat is None:
        raise HTTPException(404, "no such ticket")
    log.info("%s takes seat %s", me, seat)
    tickets.pop(ticket, None)
    return {"seat": seat}


@router.post("/safe/tickets/{ticket}/use")
def use_ticket_safely(ticket: str, me: Me) -> dict[str, str]:
    """Safe: the one who takes the ticket away is the one who uses it."""
    seat = tickets.pop(ticket, None)
    if seat is None:
        raise HTTPException(404, "no such ticket")
    log.info("%s takes seat %s", me, seat)
    return {"seat": seat}
