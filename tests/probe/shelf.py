"""Uploads on FastAPI: checked where they are served, checked before, and replaced in both ways.

State is in memory; a test puts it back.
"""

from dataclasses import dataclass, field

from fastapi import FastAPI, HTTPException, Response, UploadFile

from tests.probe.virtual import passing

WINDOW = 0.05
ROOMS = ("racy", "safe", "kept", "torn", "whole", "hidden", "open")


@dataclass
class Shelf:
    """The state, and a `World` that puts it back."""

    restores: bool = True
    files: dict[tuple[str, str], bytes] = field(default_factory=dict)
    made: int = 0

    def restore(self) -> None:
        self.files = {}


def clean(content: bytes) -> bool:
    return b"<script" not in content


def application(shelf: Shelf) -> FastAPI:
    app = FastAPI(title="shelf")
    for room in ROOMS:

        @app.get(f"/{room}/files/{{name}}")
        async def served(name: str, room: str = room) -> Response:
            if (room, name) not in shelf.files:
                raise HTTPException(404)
            return Response(shelf.files[room, name], media_type="text/plain")

    _checked(app, shelf)
    _replaced(app, shelf)
    return app


def _checked(app: FastAPI, shelf: Shelf) -> None:
    def refused() -> HTTPException:
        return HTTPException(422, "not clean")

    @app.post("/racy/files", status_code=201)
    async def racy(file: UploadFile) -> dict[str, str]:
        name, content = str(file.filename), await file.read()
        shelf.files["racy", name] = content
        await passing(WINDOW)
        if not clean(content):
            del shelf.files["racy", name]
            raise refused()
        return {"url": f"/racy/files/{name}"}

    @app.post("/safe/files", status_code=201)
    async def safe(file: UploadFile) -> dict[str, str]:
        name, content = str(file.filename), await file.read()
        await passing(WINDOW)
        if not clean(content):
            raise refused()
        shelf.files["safe", name] = content
        return {"url": f"/safe/files/{name}"}

    @app.post("/kept/files", status_code=201)
    async def kept(file: UploadFile) -> dict[str, str]:
        name, content = str(file.filename), await file.read()
        shelf.files["kept", name] = content
        if not clean(content):
            raise refused()
        return {"url": f"/kept/files/{name}"}

    @app.post("/hidden/files", status_code=201)
    async def hidden(file: UploadFile) -> dict[str, str]:
        """Nobody knows the address before."""
        shelf.made += 1
        name, content = f"{shelf.made}-of-many", await file.read()
        shelf.files["hidden", name] = content
        await passing(WINDOW)
        if not clean(content):
            del shelf.files["hidden", name]
            raise refused()
        return {"name": name}

    @app.post("/open/files", status_code=201)
    async def takes_all(file: UploadFile) -> dict[str, str]:
        await passing(WINDOW)
        shelf.files["open", str(file.filename)] = await file.read()
        return {"name": str(file.filename)}


def _replaced(app: FastAPI, shelf: Shelf) -> None:
    @app.post("/torn/files")
    async def torn(file: UploadFile) -> dict[str, str]:
        name, content = str(file.filename), await file.read()
        half = len(content) // 2
        shelf.files["torn", name] = content[:half]
        await passing(WINDOW)
        shelf.files["torn", name] = content
        return {"name": name}

    @app.post("/whole/files")
    async def whole(file: UploadFile) -> dict[str, str]:
        name, content = str(file.filename), await file.read()
        await passing(WINDOW)
        shelf.files["whole", name] = content
        return {"name": name}
