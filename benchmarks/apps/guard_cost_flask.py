"""Endpoints of Flask with guards, ``/guarded/…``, and written by hand with the same locks, ``/plain/…``."""

import hashlib
import json
import mimetypes
import os
import stat
import tempfile
import time
from pathlib import Path

from flask import Flask, abort, request, send_file
from sqlalchemy import bindparam, case, create_engine, event, or_, select, text, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

from tocsin.guard.files import Root
from tocsin.guard.flask import download, install, receive
from tocsin.guard.flask.idempotency import asked, respond
from tocsin.guard.idempotency import Answer
from tocsin.guard.limits import Stock
from tocsin.guard.sqlalchemy import (
    METADATA,
    ONCE,
    TALLY,
    authorize,
    consume,
    edit,
    once,
    transition,
)

folder = tempfile.mkdtemp(prefix="tocsin-cost-")
engine = create_engine(f"sqlite:///{folder}/cost.db")
sessions = sessionmaker(engine)
files = Root(folder)
held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
STOCK = Stock("coupons", 10**12)


@event.listens_for(engine, "connect")
def quickly(connection, _):
    # Not the disk is measured.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    username: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)


app = Flask(__name__)
install(app)
for metadata in (Base.metadata, METADATA):
    metadata.create_all(engine)
with sessions.begin() as session:
    session.add_all([User(username="alice", role="admin"), Order(id=1, status="open")])
Path(folder, "a.bin").write_bytes(b"x" * 4096)
STATES = {"open": "closed", "closed": "open"}


@app.post("/guarded/transition/<state>")
def transition_guarded(state):
    with sessions.begin() as session:
        order = transition(session, Order, 1, from_=STATES[state], to=state)
        return {"status": order.status}


@app.post("/plain/transition/<state>")
def transition_plain(state):
    with sessions.begin() as session:
        changed = session.execute(
            update(Order)
            .where(Order.id == 1, Order.status == STATES[state])
            .values(status=state)
            .execution_options(synchronize_session=False)
        )
        if not changed.rowcount:
            abort(409 if session.get(Order, 1) else 404)
        return {"status": session.get(Order, 1, populate_existing=True).status}


@app.post("/guarded/authorize")
def authorize_guarded():
    with sessions.begin() as session:
        authorize(session, select(User).where(User.username == "alice", User.role == "admin"))
        session.execute(update(Order).where(Order.id == 1).values(note="seen"))
        return {}


@app.post("/plain/authorize")
def authorize_plain():
    with sessions.begin() as session:
        session.execute(text("BEGIN IMMEDIATE"))
        may = select(User).where(User.username == "alice", User.role == "admin")
        if session.scalars(may.with_for_update(read=True)).one_or_none() is None:
            abort(403)
        session.execute(update(Order).where(Order.id == 1).values(note="seen"))
        return {}


@app.post("/guarded/consume/<code>")
def consume_guarded(code):
    with sessions.begin() as session:
        return {"left": consume(session, STOCK, code)}


ended = TALLY.c.ends <= bindparam("now")
UPSERT = (
    insert(TALLY)
    .values(key=bindparam("key"), used=1, ends=2**53 - 1)
    .on_conflict_do_update(
        index_elements=[TALLY.c.key],
        set_={
            "used": case((ended, 1), else_=TALLY.c.used + 1),
            "ends": case((ended, 2**53 - 1), else_=TALLY.c.ends),
        },
        where=or_(ended, TALLY.c.used <= STOCK.amount - 1),
    )
    .returning(TALLY.c.used, TALLY.c.ends)
)


@app.post("/plain/consume/<code>")
def consume_plain(code):
    # What a client sends is longer than the column, if it likes.
    key = hashlib.sha256(f"plain {code}".encode()).hexdigest()
    with sessions.begin() as session:
        taken = session.execute(UPSERT, {"key": key, "now": int(time.time() * 1e6)})
        row = taken.one_or_none()
        if row is None:
            abort(409)
        return {"left": STOCK.amount - row.used}


@app.post("/guarded/edit")
def edit_guarded():
    seen = int(request.headers["X-Version"])
    with sessions.begin() as session:
        order = edit(session, Order, 1, version=seen)
        order.note = str(seen)
        return {"version": seen + 1}


@app.post("/plain/edit")
def edit_plain():
    seen = int(request.headers["X-Version"])
    with sessions.begin() as session:
        changed = session.execute(
            update(Order)
            .where(Order.id == 1, Order.version.in_([seen]))
            .values(version=Order.version + 1)
            .execution_options(synchronize_session=False)
        )
        if not changed.rowcount:
            abort(409 if session.get(Order, 1) else 404)
        order = session.get(Order, 1, populate_existing=True)
        order.note = str(seen)
        return {"version": seen + 1}


@app.post("/guarded/once")
def once_guarded():
    def work():
        session.execute(update(Order).where(Order.id == 1).values(note="once"))
        return Answer.of({"done": True}, 201)

    with sessions.begin() as session:
        return respond(once(session, asked(identity="alice"), work))


@app.post("/plain/once")
def once_plain():
    key = request.headers["Idempotency-Key"]
    body = request.get_data().hex()
    with sessions.begin() as session:
        claim = (
            insert(ONCE)
            .values(key=key, fingerprint=body, token=key[:32], lease=0, ends=0)
            .on_conflict_do_nothing()
        )
        if not session.execute(claim, execution_options={"preserve_rowcount": True}).rowcount:
            kept = session.execute(
                select(ONCE.c.fingerprint, ONCE.c.answer).where(ONCE.c.key == key)
            ).one()
            if kept.fingerprint != body:
                abort(422)
            status, answer = json.loads(kept.answer)
            return answer, status
        session.execute(update(Order).where(Order.id == 1).values(note="once"))
        answer = {"done": True}
        session.execute(
            update(ONCE).where(ONCE.c.key == key).values(answer=json.dumps([201, answer]))
        )
        return answer, 201


@app.get("/guarded/download/<path:name>")
def download_guarded(name):
    return download(files, name)


def check(name):
    # What a client calls a file; O_NOFOLLOW sees to links.
    if "/" in name or name in {".", ".."} or "\0" in name:
        abort(404)


@app.get("/plain/download/<path:name>")
def download_plain(name):
    check(name)
    try:
        descriptor = os.open(
            name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=held
        )
    except OSError:
        abort(404)
    told = os.fstat(descriptor)
    if not stat.S_ISREG(told.st_mode):
        os.close(descriptor)
        abort(404)
    opened = os.fdopen(descriptor, "rb")
    answer = send_file(
        opened,
        mimetype=mimetypes.guess_type(name)[0] or "application/octet-stream",
        as_attachment=True,
        download_name=name,
        conditional=False,
        etag=f"{told.st_ino:x}-{told.st_mtime_ns:x}-{told.st_size:x}",
        last_modified=told.st_mtime,
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.content_length = told.st_size
    return answer.make_conditional(
        request.environ, accept_ranges=True, complete_length=told.st_size
    )


@app.put("/guarded/upload/<path:name>")
def upload_guarded(name):
    return {"size": receive(files, name, request, limit=10_000, replace=True)}


@app.put("/plain/upload/<path:name>")
def upload_plain(name):
    check(name)
    if (request.content_length or 0) > 10_000:
        abort(413)
    part = f".{os.urandom(16).hex()}.part"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(part, flags, 0o600, dir_fd=held)
    size = 0
    try:
        with os.fdopen(descriptor, "wb") as file:
            while chunk := request.stream.read(64 * 1024):
                size += len(chunk)
                if size > 10_000:
                    abort(413)
                file.write(chunk)
            if request.content_length not in {None, size}:
                abort(400)
            file.flush()
            os.fsync(file.fileno())
        os.rename(part, name, src_dir_fd=held, dst_dir_fd=held)
    except BaseException:
        os.unlink(part, dir_fd=held)
        raise
    os.fsync(held)
    return {"size": size}


@app.post("/guarded/nothing")
@app.post("/plain/nothing")
def nothing():
    return {}
