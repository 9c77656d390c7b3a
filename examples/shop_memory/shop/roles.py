"""Roles, given and taken by administrators. A promotion never takes anything away."""

from fastapi import APIRouter, HTTPException

from .auth import Me, Snapshot
from .state import users_db

router = APIRouter()


@router.get("/users")
async def list_users(me: Me) -> dict[str, str]:
    return {name: user["role"] for name, user in users_db.items()}


@router.post("/users/{username}/promote")
def promote(username: str, caller: Snapshot) -> dict[str, str]:
    """Races: the caller was an administrator before this thread was found for them."""
    if caller.role != "admin":
        raise HTTPException(403, "for administrators")
    if username not in users_db:
        raise HTTPException(404, "no such user")
    users_db[username]["role"] = "admin"
    return {"username": username, "role": "admin"}


@router.post("/safe/users/{username}/promote")
async def promote_safely(username: str, me: Me) -> dict[str, str]:
    """Safe: asked and done at one go on the event loop, as the demotion is."""
    if users_db[me]["role"] != "admin":
        raise HTTPException(403, "for administrators")
    if username not in users_db:
        raise HTTPException(404, "no such user")
    users_db[username]["role"] = "admin"
    return {"username": username, "role": "admin"}


@router.post("/users/{username}/demote")
async def demote(username: str, me: Me) -> dict[str, str]:
    """Safe by itself; it takes away the role that others trust."""
    if users_db[me]["role"] != "admin":
        raise HTTPException(403, "for administrators")
    if username not in users_db:
        raise HTTPException(404, "no such user")
    users_db[username]["role"] = "user"
    return {"username": username, "role": "user"}
