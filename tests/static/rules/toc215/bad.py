from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

app = FastAPI()


class Base(DeclarativeBase):
    pass


class Member(Base):
    __tablename__ = "members"
    team: Mapped[int] = mapped_column(primary_key=True)
    user: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[str]
    left_at: Mapped[datetime | None]


async def opened() -> AsyncSession: ...


Db = Annotated[AsyncSession, Depends(opened)]


@app.delete("/teams/{team}/owners/{user}")
async def remove(team: int, user: int, db: Db) -> None:
    others = await db.scalar(  # finds: TOC215
        select(func.count())
        .select_from(Member)
        .where(Member.team == team, Member.user != user, Member.role == "owner")
    )
    if not others:
        raise HTTPException(409, "one owner has to stay")
    await db.execute(delete(Member).where(Member.team == team, Member.user == user))
    await db.commit()


@app.post("/teams/{team}/leave")
async def leave(team: int, user: int, db: Db) -> None:
    left = await db.scalar(  # finds: TOC215
        select(func.count())
        .select_from(Member)
        .where(Member.team == team, Member.role == "owner", Member.left_at.is_(None))
    )
    if left < 2:
        raise HTTPException(409, "one owner has to stay")
    await db.execute(
        update(Member)
        .where(Member.team == team, Member.user == user)
        .values(left_at=datetime.now(UTC))
    )
    await db.commit()


@app.post("/teams/{team}/owners/{user}/demote")
async def demote(team: int, user: int, db: Db) -> None:
    member = await db.get(Member, (team, user), with_for_update=True)  # one lock for each
    owners = (
        await db.scalars(  # finds: TOC215
            select(Member).where(Member.team == team, Member.role == "owner")
        )
    ).all()
    if len(owners) == 1:
        raise HTTPException(409, "one owner has to stay")
    member.role = "guest"
    await db.commit()
