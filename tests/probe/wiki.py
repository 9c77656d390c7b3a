"""A wiki on FastAPI: pages with versions that are compared, compared too early, and not at all.

State is in memory; a test puts it back.
"""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException, Response
from pydantic import BaseModel

from tests.probe.virtual import passing

WINDOW = 0.05


@dataclass
class Wiki:
    """The state, and a `World` that puts it back."""

    restores: bool = True
    pages: dict[int, dict[str, object]] = field(default_factory=dict)

    def restore(self) -> None:
        self.pages = {
            n: {"id": n, "text": "first", "summary": "short", "version": 7} for n in range(9)
        }


class Page(BaseModel):
    text: str
    version: int


class Text(BaseModel):
    text: str


class Draft(BaseModel):
    text: str | None = None
    summary: str | None = None


def application(wiki: Wiki) -> FastAPI:
    """Each way to write has a read of its own: what is compared is that page."""
    app = FastAPI(title="wiki")
    _versioned(app, wiki)
    _drafts(app, wiki)
    _tagged(app, wiki)
    return app


def _page(wiki: Wiki, number: int) -> dict[str, object]:
    if number not in wiki.pages:
        raise HTTPException(404)
    return wiki.pages[number]


def _save(wiki: Wiki, number: int, text: str) -> dict[str, object]:
    page = _page(wiki, number)
    page.update(text=text, version=int(str(page["version"])) + 1)
    return page


def _versioned(app: FastAPI, wiki: Wiki) -> None:
    for room in ("racy", "safe", "blind", "still"):

        @app.get(f"/{room}/pages/{{page_id}}")
        async def read(page_id: int) -> dict[str, object]:
            return dict(_page(wiki, page_id))

    @app.put("/racy/pages/{page_id}")
    async def racy(page_id: int, new: Page) -> dict[str, object]:
        if _page(wiki, page_id)["version"] != new.version:
            raise HTTPException(409)
        await passing(WINDOW)
        return _save(wiki, page_id, new.text)

    @app.put("/safe/pages/{page_id}")
    async def safe(page_id: int, new: Page) -> dict[str, object]:
        await passing(WINDOW)
        if _page(wiki, page_id)["version"] != new.version:
            raise HTTPException(409)
        return _save(wiki, page_id, new.text)

    @app.put("/blind/pages/{page_id}")
    async def blind(page_id: int, new: Page) -> dict[str, object]:
        return _save(wiki, page_id, new.text)

    @app.put("/still/pages/{page_id}")
    async def still(page_id: int, new: Page) -> dict[str, object]:
        """Its version is one of the format, and never changes."""
        page = _page(wiki, page_id)
        page["text"] = new.text
        return page


def _drafts(app: FastAPI, wiki: Wiki) -> None:
    for room in ("racy", "safe", "last"):

        @app.get(f"/{room}/drafts/{{draft_id}}")
        async def read(draft_id: int) -> dict[str, object]:
            return {k: v for k, v in _page(wiki, draft_id).items() if k != "version"}

    @app.patch("/racy/drafts/{draft_id}")
    async def racy(draft_id: int, new: Draft) -> dict[str, object]:
        whole = {**_page(wiki, draft_id), **new.model_dump(exclude_none=True)}
        await passing(WINDOW)
        wiki.pages[draft_id] = whole
        return whole

    @app.patch("/safe/drafts/{draft_id}")
    async def safe(draft_id: int, new: Draft) -> dict[str, object]:
        await passing(WINDOW)
        page = _page(wiki, draft_id)
        page.update(new.model_dump(exclude_none=True))
        return page

    @app.put("/last/drafts/{draft_id}")
    async def last(draft_id: int, new: Text) -> dict[str, object]:
        page = _page(wiki, draft_id)
        page["text"] = new.text
        return page


def _tagged(app: FastAPI, wiki: Wiki) -> None:
    def tag(number: int) -> str:
        return f'"v{_page(wiki, number)["version"]}"'

    for room in ("racy", "safe", "blind"):

        @app.get(f"/{room}/files/{{file_id}}")
        async def read(file_id: int, response: Response) -> dict[str, object]:
            response.headers["ETag"] = tag(file_id)
            return {"text": _page(wiki, file_id)["text"]}

    @app.put("/racy/files/{file_id}")
    async def racy(
        file_id: int, new: Text, if_match: Annotated[str | None, Header()] = None
    ) -> dict[str, object]:
        if if_match is not None and if_match != tag(file_id):
            raise HTTPException(412)
        await passing(WINDOW)
        return _save(wiki, file_id, new.text)

    @app.put("/safe/files/{file_id}")
    async def safe(
        file_id: int, new: Text, if_match: Annotated[str | None, Header()] = None
    ) -> dict[str, object]:
        await passing(WINDOW)
        if if_match is not None and if_match != tag(file_id):
            raise HTTPException(412)
        return _save(wiki, file_id, new.text)

    @app.put("/blind/files/{file_id}")
    async def blind(file_id: int, new: Text) -> dict[str, object]:
        return _save(wiki, file_id, new.text)
