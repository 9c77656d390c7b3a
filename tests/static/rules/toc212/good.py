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


class Page(Base):
    __tablename__ = "pages"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


@app.put("/pages/{key}")
def counted_by_the_mapper(key: int, version: int, text: str, db: Db) -> None:
    page = db.get(Page, key)
    if page.version != version:
        raise HTTPException(409)
    page.text = text
    db.commit()


@app.put("/posts/{key}")
def locked(key: int, version: int, text: str, db: Db) -> None:
    post = db.get(Post, key, with_for_update=True)
    if post.version != version:
        raise HTTPException(409)
    post.text = text
    post.version += 1
    db.commit()


@app.put("/posts/{key}/old")
def too_old_for_this(key: int, version: int, text: str, db: Db) -> None:
    post = db.get(Post, key)
    if post.version < 3:
        text = text.upper()
    db.execute(update(Post).where(Post.id == key, Post.version == version).values(text=text))
    db.commit()
