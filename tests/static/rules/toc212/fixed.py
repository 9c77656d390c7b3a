from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

app = FastAPI()
factory = sessionmaker()


class Base(DeclarativeBase):
    pass


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    status: Mapped[str]
    version: Mapped[int]


def session() -> Session: ...


Db = Annotated[Session, Depends(session)]


@app.put("/posts/{key}")
def edit(key: int, version: int, text: str, db: Db) -> None:
    same = update(Post).where(Post.id == key, Post.version == version)
    if db.execute(same.values(text=text, version=version + 1)).rowcount == 0:
        raise HTTPException(409)
    db.commit()


@app.patch("/posts/{key}")
def patch(key: int, version: int, text: str, db: Db) -> None:
    seen = db.scalar(select(Post.version).where(Post.id == key))
    if seen != version:
        raise HTTPException(412)
    same = update(Post).where(Post.id == key, Post.version == version)
    if db.execute(same.values(text=text, version=version + 1)).rowcount == 0:
        raise HTTPException(412)
    db.commit()
