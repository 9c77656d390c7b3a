from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import update
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


@app.post("/posts/{key}/publish")
def publish(key: int) -> None:
    new = update(Post).where(Post.id == key, Post.status == "new")
    with factory.begin() as db:
        if db.execute(new.values(status="published")).rowcount == 0:
            raise HTTPException(409)


@app.post("/posts/{key}/withdraw")
def withdraw(key: int, db: Db) -> None:
    post = db.get(Post, key, with_for_update=True)
    if post.status != "published":
        raise HTTPException(409)
    db.execute(update(Post).where(Post.id == key).values(status="withdrawn"))
    db.commit()
