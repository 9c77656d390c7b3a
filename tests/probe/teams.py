"""Teams on FastAPI that may each have a name once: looked up first, decided in one step, and not.

State is in memory; a test puts it back.
"""

from dataclasses import dataclass, field

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from tests.probe.virtual import passing

WINDOW = 0.05
ROOMS = ("racy", "safe", "free", "kept", "safely-kept")


@dataclass
class Teams:
    """The state, and a `World` that puts it back."""

    restores: bool = True
    teams: dict[str, list[dict[str, object]]] = field(default_factory=dict)

    def restore(self) -> None:
        self.teams = {room: [{"id": 1, "name": "first", "motto": "go"}] for room in ROOMS}

    def named(self, room: str, name: str) -> dict[str, object] | None:
        return next((one for one in self.teams[room] if one["name"] == name), None)

    def add(self, room: str, new: "Team") -> dict[str, object]:
        made = {"id": len(self.teams[room]) + 1, **new.model_dump()}
        self.teams[room].append(made)
        return made


class Team(BaseModel):
    name: str
    motto: str


def application(teams: Teams) -> FastAPI:
    app = FastAPI(title="teams")
    for room in ROOMS:

        @app.get(f"/{room}/teams", name=room)
        async def listed(room: str = room) -> list[dict[str, object]]:
            return teams.teams[room]

    @app.post("/racy/teams", status_code=201)
    async def racy(new: Team) -> dict[str, object]:
        if teams.named("racy", new.name):
            raise HTTPException(409)
        await passing(WINDOW)
        return teams.add("racy", new)

    @app.post("/safe/teams", status_code=201)
    async def safe(new: Team) -> dict[str, object]:
        await passing(WINDOW)
        if teams.named("safe", new.name):
            raise HTTPException(409)
        return teams.add("safe", new)

    @app.post("/free/teams", status_code=201)
    async def free(new: Team) -> dict[str, object]:
        """Whoever likes may have the same name."""
        await passing(WINDOW)
        return teams.add("free", new)

    @app.post("/kept/teams")
    async def kept(new: Team) -> dict[str, object]:
        """Who comes second gets the first one's."""
        known = teams.named("kept", new.name)
        await passing(WINDOW)
        return known or teams.add("kept", new)

    @app.post("/safely-kept/teams")
    async def safely_kept(new: Team) -> dict[str, object]:
        await passing(WINDOW)
        return teams.named("safely-kept", new.name) or teams.add("safely-kept", new)

    return app
