"""Fixes compose, and what does not help is taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.static.fix.apps import TOPS
from tocsin.model.rule import FixSafety
from tocsin.static.engine import Report, analyse
from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.registry import REWRITES
from tocsin.static.fix.repair import Repair, Repairing
from tocsin.static.fix.site import Site

EVERY = frozenset({FixSafety.SAFE, FixSafety.UNSAFE})
TAKE = """@app.post("/orders/{{key}}/{name}")
def {name}(key: int, db: Db) -> None:
    order = db.get(Order, key)
    if order.status != "pending":
        raise HTTPException(409)
    order.status = "{name}"
    db.commit()
"""
BARE = TOPS["sqlalchemy"].replace("select, update", "select")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "app.py"


def repaired(
    file: Path, text: str, rewrites: tuple[Rewrite, ...] = REWRITES, allowed: str = "unsafe"
) -> Repair:
    file.write_text(text, "utf-8")

    def examine(contents: Mapping[str, bytes]) -> Sequence[Report]:
        return analyse(file, contents).reports

    safeties = EVERY if allowed == "unsafe" else frozenset({FixSafety.SAFE})
    read = Path.read_bytes
    return Repairing(examine, lambda path: read(Path(path)), safeties, rewrites).run(
        analyse(file).reports
    )


def useless(site: Site) -> Rewritten:
    """Writes something that closes no window."""
    body = (*site.tree.module.body, site.tree.parsed("done = True"))
    return Rewritten(site.tree.module.with_changes(body=body), "useless", FixSafety.SAFE)


def test_what_does_not_help_is_taken_back(file: Path) -> None:
    repair = repaired(
        file, BARE + TAKE.format(name="cancel"), (Rewrite("x", ("TOC201",), useless),)
    )
    assert (repair.contents, repair.fixed) == ({}, ())
    assert [each.judge.code for each in repair.left] == ["TOC201"]


def test_the_next_one_is_tried_then(file: Path) -> None:
    rewrites = (Rewrite("x", ("TOC201",), useless), *REWRITES)
    repair = repaired(file, BARE + TAKE.format(name="cancel"), rewrites)
    assert [each.fix.name for each in repair.fixed] == ["row-lock"]
    assert b"done = True" not in repair.contents[str(file)]


def test_several_in_one_file_compose_and_share_an_import(file: Path) -> None:
    rewrites = tuple(each for each in REWRITES if each.name == "conditional-update")
    text = BARE + TAKE.format(name="cancel") + "\n\n" + TAKE.format(name="ship")
    repair = repaired(file, text, rewrites)
    assert len(repair.fixed) == 2
    assert repair.left == ()
    code = repair.contents[str(file)].decode()
    assert code.count("update(Order)") == 2
    assert code.count("from sqlalchemy import") == 1
    assert repair.fixed[0].fix.safety is FixSafety.UNSAFE


def test_unsafe_ones_are_left_if_only_safe_ones_are_allowed(file: Path) -> None:
    rewrites = tuple(each for each in REWRITES if each.name == "conditional-update")
    repair = repaired(file, BARE + TAKE.format(name="cancel"), rewrites, "safe")
    assert (repair.contents, len(repair.left)) == ({}, 1)


def test_what_changes_in_another_file_is_part_of_the_fix(tmp_path: Path) -> None:
    models = tmp_path / "models.py"
    models.write_text(
        "from django.db import models\n\n\n"
        "class Wish(models.Model):\n"
        "    owner = models.CharField()\n"
        "    product = models.CharField()\n",
        "utf-8",
    )
    views = tmp_path / "views.py"
    views.write_text(
        "from .models import Wish\n\n\n"
        "def wish(request, name):\n"
        "    Wish.objects.get_or_create(owner=name, product=request.POST['product'])\n",
        "utf-8",
    )

    def examine(contents: Mapping[str, bytes]) -> Sequence[Report]:
        return analyse(tmp_path, contents).reports

    repairing = Repairing(examine, lambda path: Path(path).read_bytes(), EVERY)
    repair = repairing.run(analyse(tmp_path).reports)
    assert repair.contents.keys() == {str(models)}
    assert [change.path for change in repair.fixed[0].fix.changes] == [str(models)]
    assert "migrate" in repair.fixed[0].fix.hint
    assert repair.left == ()
    code = repair.contents[str(models)].decode()
    assert 'fields=["owner", "product"]' in code


def test_of_several_with_one_cause_each_has_its_turn(file: Path) -> None:
    text = TOPS["python"] + (
        "PASSWORDS = {'a': 'b'}\n\n\n"
        "def me(credentials: HTTPBasicCredentials = Depends(HTTPBasic())) -> str:\n"
        "    if credentials.username not in PASSWORDS:\n"
        "        raise HTTPException(401)\n"
        "    if credentials.password != PASSWORDS[credentials.username]:\n"
        "        raise HTTPException(401)\n"
        "    return credentials.username\n\n\n"
        '@app.get("/me")\n'
        "def read(me: str = Depends(me)) -> str:\n"
        "    return me\n"
    )
    repair = repaired(file, text)
    assert sorted(each.fix.name for each in repair.fixed) == ["challenge", "compare-digest"]


PEEWEE_TAKE = """@app.post("/orders/<int:key>")
def take(key):
    with db.atomic():
        order = Order.select().where(Order.id == key).get()
        if order.status != "pending":
            abort(409)
        order.status = "taken"
        order.save()
    return ""
"""


@pytest.mark.parametrize(("base", "locked"), [("PooledPostgresqlDatabase", 1), ("X", 0)])
def test_peewee_locks_rows_only_where_the_database_is_seen_to_do_so(
    file: Path, base: str, locked: int
) -> None:
    top = TOPS["peewee"].replace("PooledPostgresqlDatabase", base)
    top = top.replace("import X", "import PooledSqliteDatabase as X")
    repair = repaired(file, top + PEEWEE_TAKE)
    written = repair.contents.get(str(file), b"").decode()
    assert written.count(".for_update()") == locked


LOOKED = """
class Service:
    def __init__(self, db: Session) -> None:
        self.db = db

    def commit(self) -> None:
        self.db.commit()


@app.post("/orders/{owner}/{status}")
def add(owner: str, status: str, db: Db) -> None:
    service = Service(db)
    orders = db.scalars(select(Order).where(Order.owner == owner)).all()
    if TESTED:
        raise HTTPException(409)
    db.add(Order(owner=owner, status=status))
    STORE.commit()
"""
THROUGH = "any(each.status == status for each in orders)"


@pytest.mark.parametrize(
    ("tested", "store", "written"),
    [
        (THROUGH, "db", 'UniqueConstraint("owner", "status")'),
        (THROUGH, "service", ""),
        ("len(orders) >= 3", "db", ""),
    ],
    ids=["looked through", "stored by what wraps the session", "counted"],
)
def test_a_constraint_is_on_all_that_was_looked_for(
    file: Path, tested: str, store: str, written: str
) -> None:
    text = TOPS["sqlalchemy"] + LOOKED.replace("TESTED", tested).replace("STORE", store)
    repair = repaired(file, text)
    made = repair.contents.get(str(file), b"").decode()
    assert written in made
    assert bool(written) is ("UniqueConstraint(" in made)


def test_a_constraint_is_on_what_keys_were_looked_for_by(file: Path) -> None:
    text = TOPS["sqlalchemy"] + (
        '@app.post("/orders/{owner}/{status}")\n'
        "def add(owner: str, status: str, db: Db) -> None:\n"
        "    known = select(Order.id).where(Order.owner == owner, Order.status == status)\n"
        "    if db.scalars(known).first() is not None:\n"
        "        raise HTTPException(409)\n"
        "    db.add(Order(owner=owner, status=status))\n"
        "    db.commit()\n"
    )
    made = repaired(file, text).contents[str(file)].decode()
    assert 'UniqueConstraint("owner", "status")' in made
