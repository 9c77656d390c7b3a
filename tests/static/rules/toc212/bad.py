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
    post = db.get(Post, key)  # finds: TOC212
    if post.version != version:
        raise HTTPException(409)
    post.text = text
    post.version += 1
    db.commit()


@app.patch("/posts/{key}")
def patch(key: int, version: int, text: str, db: Db) -> None:
    seen = db.scalar(select(Post.version).where(Post.id == key))  # finds: TOC212
    if seen != version:
        raise HTTPException(412)
    db.execute(update(Post).where(Post.id == key).values(text=text))
    db.commit()
