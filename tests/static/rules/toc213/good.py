from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import delete, select, update
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


class Mark(Base):
    __tablename__ = "marks"
    id: Mapped[int] = mapped_column(primary_key=True)
    post: Mapped[int]
    kind: Mapped[str]


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


@app.post("/posts/{key}/import")
def what_kind_it_is(key: int, db: Db) -> None:
    post = db.get(Post, key)
    if not isinstance(post.version, int):
        raise HTTPException(409)
    db.commit()
    db.execute(update(Post).where(Post.id == key).values(version=2))
    db.commit()


@app.post("/posts/{key}/work")
def a_mark_of_its_own(key: int, db: Db) -> None:
    if [each.id for each in db.scalars(select(Mark).where(Mark.post == key, Mark.kind == "work"))]:
        raise HTTPException(409)
    db.commit()
    db.execute(delete(Mark).where(Mark.post == key, Mark.kind == "work"))
    db.commit()
