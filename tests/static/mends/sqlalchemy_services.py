from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import ForeignKey, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

app = FastAPI()


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    seats: Mapped[int]


class Subscription(Base):
    __tablename__ = "subscriptions"
    id: Mapped[int] = mapped_column(primary_key=True)
    seats: Mapped[int]


class Seat(Base):
    __tablename__ = "seats"
    id: Mapped[int] = mapped_column(primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.id"))
    who: Mapped[str]


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


def session() -> Session: ...


def taken(db: Session, container: Order | Subscription) -> int:
    mine = Seat.subscription_id == container.id
    return db.scalar(select(func.count()).select_from(Seat).where(mine))


def assign(db: Session, container: Order | Subscription, who: str) -> None:
    db.refresh(container, attribute_names=["seats"], with_for_update=True)
    if taken(db, container) >= container.seats:
        raise HTTPException(409)
    db.add(Seat(subscription_id=container.id, who=who))
    db.commit()


def racy_assignment(db: Session, container: Order | Subscription, who: str) -> None:
    if taken(db, container) >= container.seats:
        raise HTTPException(409)
    db.add(Seat(subscription_id=container.id, who=who))
    db.commit()


@app.post("/tags/{name}")
def an_error_either_way(name: str, db: Session = Depends(session)) -> None:
    if db.scalar(select(Tag).where(Tag.name == name)) is not None:
        raise ValueError(name)
    db.add(Tag(name=name))
    db.commit()


@app.put("/tags/{name}")
def racy_with_an_answer(name: str, db: Session = Depends(session)) -> None:
    if db.scalar(select(Tag).where(Tag.name == name)) is not None:
        raise HTTPException(409)
    db.add(Tag(name=name))
    db.commit()


def racy_add(db: Session, name: str) -> None:
    if db.scalar(select(Tag).where(Tag.name == name)) is not None:
        raise ValueError(name)
    db.add(Tag(name=name))
    db.commit()


@app.patch("/tags/{name}")
def translated(name: str, db: Session = Depends(session)) -> None:
    try:
        racy_add(db, name)
    except ValueError:
        raise HTTPException(409) from None


@contextmanager
def whole(db: Session) -> Iterator[Session]:
    try:
        yield db
        db.commit()
    except Exception:
        db.rollback()
        raise


@app.post("/tags/{name}/whole")
def racy_rolled_back(name: str, db: Session = Depends(session)) -> None:
    with whole(db):
        if db.scalar(select(Tag).where(Tag.name == name)) is not None:
            raise HTTPException(409)
        db.add(Tag(name=name))
        db.flush()


@app.post("/tags/{name}/answered")
def told_by_the_handler(name: str, db: Session = Depends(session)) -> None:
    try:
        with whole(db):
            if db.scalar(select(Tag).where(Tag.name == name)) is not None:
                raise HTTPException(409)
            db.add(Tag(name=name))
            db.flush()
    except IntegrityError as error:
        if "tags" in str(error):
            raise HTTPException(409) from None
        raise


@app.post("/seats/{key}")
def racy_in_two(key: int) -> None:
    with Session() as db:
        seat = db.scalar(select(Seat).where(Seat.subscription_id == key))
    if seat is None:
        with Session() as db:
            db.add(Seat(subscription_id=key, who="first"))
            db.commit()
