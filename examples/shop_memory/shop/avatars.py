"""Files: the folder is the database, and its system calls are the statements."""

import os
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path
from pydantic import BaseModel, Field

from .auth import Me
from .state import FILES

router = APIRouter()

SLUG = r"^[a-z0-9-]{1,40}$"
Name = Annotated[str, Path(pattern=SLUG)]


class Avatar(BaseModel):
    name: str = Field(pattern=SLUG, examples=["bell"])
    picture: str = Field(max_length=10_000, examples=["<svg/>"])


@router.get("/avatars")
def list_avatars(me: Me) -> list[str]:
    return sorted(os.listdir(FILES))  # noqa: PTH208  one call, one moment


@router.post("/avatars", status_code=201)
def upload(body: Avatar, me: Me) -> dict[str, str]:
    """Races: not there when asked, perhaps there when opened."""
    path = FILES / body.name
    if path.exists():
        raise HTTPException(409, "name taken")
    with open(path, "wb") as file:
        file.write(body.picture.encode())
    return {"name": body.name}


@router.post("/safe/avatars", status_code=201)
def upload_safely(body: Avatar, me: Me) -> dict[str, str]:
    """Safe: opened only if it is created by that."""
    try:
        with open(FILES / body.name, "xb") as file:
            file.write(body.picture.encode())
    except FileExistsError:
        raise HTTPException(409, "name taken") from None
    return {"name": body.name}


@router.delete("/avatars/{name}")
def remove(name: Name, me: Me) -> dict[str, str]:
    """Crashes: there when asked, perhaps gone when removed."""
    path = FILES / name
    if not path.exists():
        raise HTTPException(404, "no such avatar")
    path.unlink()
    return {"removed": name}


@router.delete("/safe/avatars/{name}")
def remove_safely(name: Name, me: Me) -> dict[str, str]:
    """Safe: removed, or told that there was nothing."""
    try:
        (FILES / name).unlink()
    except FileNotFoundError:
        raise HTTPException(404, "no such avatar") from None
    return {"removed": name}
