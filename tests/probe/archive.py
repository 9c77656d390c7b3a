"""An archive on FastAPI: things of people, each behind a door that is closed and one that is not.

State is in memory; a test puts it back.
"""

import secrets
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPBasic, HTTPBasicCredentials

from tests.probe.shop import basic
from tocsin.model.http import Identity

ROLES = {"alice": "user", "bob": "user", "carol": "staff", "admin": "admin"}
PASSWORDS = {name: f"{name}-of-the-archive" for name in ROLES}


def identities(*, roles: bool = True) -> list[Identity]:
    return [
        Identity(name, basic(name, PASSWORDS[name]), role=role if roles else None, username=name)
        for name, role in ROLES.items()
    ]


@dataclass
class Archive:
    """The state, and a `World` that puts it back."""

    restores: bool = True
    letters: dict[int, str] = field(default_factory=dict)
    posts: dict[int, str] = field(default_factory=dict)
    carts: dict[str, dict[int, int]] = field(default_factory=dict)

    def restore(self) -> None:
        self.letters = {1: "alice", 2: "bob"}
        self.posts = {1: "alice", 2: "bob"}
        self.carts = {"alice": {1: 5}, "bob": {2: 5}}


def application(archive: Archive) -> FastAPI:
    app = FastAPI(title="archive")
    scheme = HTTPBasic()

    async def caller(credentials: Annotated[HTTPBasicCredentials, Depends(scheme)]) -> str:
        known = PASSWORDS.get(credentials.username, "")
        if not known or not secrets.compare_digest(known, credentials.password):
            raise HTTPException(401, "no", {"WWW-Authenticate": "Basic"})
        return credentials.username

    me = Annotated[str, Depends(caller)]

    def letter(number: int) -> dict[str, object]:
        if number not in archive.letters:
            raise HTTPException(404)
        return {"id": number, "text": f"a letter of {archive.letters[number]}"}

    def own(number: int, who: str) -> None:
        if archive.letters.get(number) != who and ROLES[who] == "user":
            raise HTTPException(404)

    @app.get("/me/letters")
    async def letters(who: me) -> list[dict[str, object]]:
        return [letter(key) for key, owner in archive.letters.items() if owner == who]

    @app.get("/letters/{letter_id}")
    async def read(letter_id: int, who: me) -> dict[str, object]:
        return letter(letter_id)

    @app.get("/safe/letters/{letter_id}")
    async def read_own(letter_id: int, who: me) -> dict[str, object]:
        own(letter_id, who)
        return letter(letter_id)

    @app.delete("/letters/{letter_id}")
    async def burn(letter_id: int, who: me) -> dict[str, int]:
        letter(letter_id)
        del archive.letters[letter_id]
        return {"burnt": letter_id}

    @app.delete("/safe/letters/{letter_id}")
    async def burn_own(letter_id: int, who: me) -> dict[str, int]:
        own(letter_id, who)
        return await burn(letter_id, who)

    @app.get("/me/posts")
    async def own_posts(who: me) -> list[dict[str, object]]:
        return [{"id": key, "owner": o} for key, o in archive.posts.items() if o == who]

    @app.get("/posts")
    async def posts(who: me) -> list[dict[str, object]]:
        return [{"id": key, "owner": owner} for key, owner in archive.posts.items()]

    @app.get("/posts/{post_id}")
    async def post(post_id: int, who: me) -> dict[str, object]:
        if post_id not in archive.posts:
            raise HTTPException(404)
        return {"id": post_id, "owner": archive.posts[post_id]}

    @app.post("/posts/{post_id}/like")
    async def like(post_id: int, who: me) -> dict[str, object]:
        return await post(post_id, who)

    @app.get("/me/carts")
    async def cart(who: me) -> list[dict[str, int]]:
        return [{"id": key, "count": n} for key, n in archive.carts.get(who, {}).items()]

    @app.delete("/carts/{product_id}", status_code=204)
    async def put_back(product_id: int, who: me) -> None:
        archive.carts.get(who, {}).pop(product_id, None)

    @app.get("/admin/statistics")
    async def statistics(who: me) -> dict[str, int]:
        return {"letters": len(archive.letters)}

    @app.get("/admin/people")
    async def people(who: me) -> dict[str, int]:
        if ROLES[who] != "admin":
            raise HTTPException(403)
        return {"people": len(ROLES)}

    @app.get("/index", dependencies=[Depends(HTTPBasic(auto_error=False))])
    async def index() -> dict[str, int]:
        return {"letters": len(archive.letters)}

    return app
