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
    with factory.begin() as db:
        post = db.get(Post, key, with_for_update=True)
        if post.status != "new":
            raise HTTPException(409)
        post.status = "published"


@app.post("/posts/{key}/withdraw")
def withdraw(key: int, db: Db) -> None:
    post = db.get(Post, key)
    if post.status != "published":
        raise HTTPException(409)
    db.commit()
    still = update(Post).where(Post.id == key, Post.status == "published")
    db.execute(still.values(status="withdrawn"))
    db.commit()


@app.post("/posts/{key}/note")
def what_is_not_tested(key: int, text: str, db: Db) -> None:
    post = db.get(Post, key)
    if post.status != "published":
        raise HTTPException(409)
    db.commit()
    db.execute(update(Post).where(Post.id == key).values(text=text))
    db.commit()
