"""Logins that race with each other, with a revocation, with a change of the password."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.guard.conftest import Place
from tests.guard.exploring import judged, session
from tocsin.explore.session import Session
from tocsin.model.http import Request
from tocsin.model.verdict import Verdict

APP = '''
    """Alice is an administrator, and her hash is an old one."""

    import os

    from flask import Flask, abort, request
    from sqlalchemy import String, create_engine, select, update
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker
    from sqlalchemy.pool import NullPool

    from tests.guard.basic.cheap import Cheap
    from tocsin.guard.basic import Gate, Hashes, Limits, Verified
    from tocsin.guard.errors import Denied
    from tocsin.guard.flask import install
    from tocsin.guard.flask.basic import authenticate
    from tocsin.guard.limits import Attempts
    from tocsin.guard.sqlalchemy import METADATA
    from tocsin.guard.sqlalchemy.accounts import Accounts, Table, counting

    engine = create_engine(os.environ["GUARDED_URL"], poolclass=NullPool)
    sessions = sessionmaker(engine)


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"
        username: Mapped[str] = mapped_column(String(40), primary_key=True)
        password: Mapped[str] = mapped_column(String(80))
        role: Mapped[str] = mapped_column(String(20))


    class Failure(Base):
        __tablename__ = "failures"
        id: Mapped[int] = mapped_column(primary_key=True)


    def seed():
        for metadata in (Base.metadata, METADATA):
            metadata.drop_all(engine)
            metadata.create_all(engine)
        with sessions.begin() as session:
            session.add(User(username="alice", password="$cheap$0$secret", role="admin"))
            session.add(User(username="bob", password="$cheap$1$bob", role="user"))


    users = Accounts(sessions, Table(User))
    gate = Gate(
        accounts=users,
        passwords=Hashes(Cheap()),
        limits=None,
        realm="shop",
        bursts=None,
        plain=True,
    )
    few = counting(sessions, Attempts("attempts", 1, per=900))
    many = counting(sessions, Attempts("attempts from there", 9, per=900))
    limited = Gate(
        accounts=users,
        passwords=Hashes(Cheap()),
        limits=Limits(account=few, address=many),
        realm="shop",
        bursts=None,
        plain=True,
    )
    app = Flask(__name__)
    install(app)


    def snapshot():
        with sessions.begin() as session:
            found = session.get(User, request.authorization.username)
            if found is None or found.password.rpartition("$")[2] != request.authorization.password:
                abort(401)
            return found.role, found.password


    @app.post("/guarded/promote")
    def promote_guarded():
        me = authenticate(gate)
        with sessions.begin() as session:
            if users.identity(session, me).role != "admin":
                raise Denied("for administrators")
            session.execute(update(User).where(User.username == "bob").values(role="admin"))
        return {}


    @app.post("/unguarded/promote")
    def promote_unguarded():
        role, _ = snapshot()
        if role != "admin":
            abort(403)
        with sessions.begin() as session:
            session.execute(update(User).where(User.username == "bob").values(role="admin"))
        return {}


    @app.post("/guarded/rename")
    def rename_guarded():
        return renamed(change=True)


    @app.post("/unguarded/rename")
    def rename_unguarded():
        return renamed(change=False)


    def renamed(change):
        me = authenticate(gate)
        with sessions.begin() as session:
            users.identity(session, me, change=change).role += "!"
        return {}


    @app.post("/demote")
    def demote():
        with sessions.begin() as session:
            session.execute(update(User).where(User.username == "alice").values(role="user"))
        return {}


    @app.post("/change")
    def change():
        with sessions.begin() as session:
            session.execute(
                update(User).where(User.username == "alice").values(password="$cheap$1$other")
            )
        return {}


    @app.post("/guarded/login")
    def login_guarded():
        authenticate(gate)
        return {}


    @app.post("/unguarded/login")
    def login_unguarded():
        _, stored = snapshot()
        if not stored.startswith("$cheap$1$"):
            with sessions.begin() as session:
                anew = "$cheap$1$" + request.authorization.password
                session.execute(
                    update(User).where(User.username == "alice").values(password=anew)
                )
        return {}


    @app.post("/guarded/attempt")
    def attempt_guarded():
        authenticate(limited)
        return {}


    @app.post("/unguarded/attempt")
    def attempt_unguarded():
        with sessions.begin() as session:
            if session.scalars(select(Failure)).first() is not None:
                abort(429)
        with sessions.begin() as session:
            session.add(Failure())
        abort(401)
'''


@pytest.fixture
def loaded(anywhere: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    environment = {"GUARDED_URL": anywhere.url()}
    folder = tmp_path_factory.mktemp("logins")
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        with session("tocsin_tests_logins", APP, folder, setup="seed", override=True) as loaded:
            yield loaded
    finally:
        os.environ.clear()
        os.environ.update(before)


def asked(path: str, token: str = "") -> Request:
    headers = (("authorization", f"Basic {token}"),) if token else ()
    return Request(f"POST {path}", f"POST {path}", "POST", path, headers=headers)


RIGHT = "YWxpY2U6c2VjcmV0"
WRONG = "YWxpY2U6d3Jvbmc="
BOB = "Ym9iOmJvYg=="
RACES = {
    "role": ("promote", RIGHT, "/demote"),
    "password": ("promote", RIGHT, "/change"),
    "own row": ("rename", BOB, ""),
    "renewal": ("login", RIGHT, "/change"),
    "logins": ("login", RIGHT, ""),
    "attempts": ("attempt", WRONG, ""),
}


TOO_LONG = {("logins", "sqlite"), ("attempts", "mariadb")}


def race(kind: str, name: str) -> tuple[Request, Request]:
    path, token, other = RACES[name]
    first = asked(f"/{kind}/{path}", token)
    return first, asked(other) if other else first


@pytest.mark.slow
@pytest.mark.parametrize("name", RACES)
def test_a_gate_holds(loaded: Session, anywhere: Place, name: str) -> None:
    if (name, anywhere.backend) in TOO_LONG:
        pytest.skip("takes many minutes; the other databases do with less")
    found = judged(loaded, *race("guarded", name))
    assert found.verdict is Verdict.HOLDS, (found.reason, found.proofs)
    assert found.schedules > 1


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in RACES if name != "logins"])
def test_without_it_they_are_proven(loaded: Session, anywhere: Place, name: str) -> None:
    if (name, anywhere.backend) == ("own row", "sqlite"):
        pytest.skip("there is one lock for all")
    found = judged(loaded, *race("unguarded", name))
    assert found.verdict is Verdict.VIOLATED, found.reason
