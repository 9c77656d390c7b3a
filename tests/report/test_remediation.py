"""Every anomaly has advice for every way of storing."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest
from sqlalchemy import Integer, String, delete, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tocsin.model.anomaly import Name
from tocsin.report import remediation as remedies
from tocsin.report.remediation import Orm, Shape, orm_of, remediation


@pytest.mark.parametrize("orm", Orm)
@pytest.mark.parametrize("name", Name)
def test_there_is_advice_and_its_code_is_python(name: Name, orm: Orm) -> None:
    advice = remediation(name, orm)
    assert advice.summary.endswith(".")
    assert advice.reference.startswith("https://")
    body = "".join(f"    {line}\n" for line in advice.code.splitlines())
    ast.parse(f"async def handler():\n{body}")
    assert max(map(len, advice.code.splitlines())) <= 96


@pytest.mark.parametrize("orm", [Orm.SQLALCHEMY_ASYNC, Orm.SQLALCHEMY, Orm.DJANGO, Orm.SQL])
@pytest.mark.parametrize("shape", Shape)
def test_every_shape_can_be_asked_for(shape: Shape, orm: Orm) -> None:
    assert remediation(Name.LOST_UPDATE, orm, shape).code


def test_the_lock_of_a_right_survives_sqlalchemy() -> None:
    """The advice on stale authorization rests on FOR SHARE inside EXISTS being sent."""

    class Base(DeclarativeBase):
        pass

    class User(Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(Integer, primary_key=True)
        role: Mapped[str] = mapped_column(String)

    class Item(Base):
        __tablename__ = "items"
        id: Mapped[int] = mapped_column(Integer, primary_key=True)

    still = (
        select(User.id)
        .where(User.id == 1, User.role == "admin")
        .with_for_update(read=True)
        .exists()
    )
    statement = delete(Item).where(Item.id == 1, still)
    assert "FOR SHARE)" in str(statement.compile(dialect=postgresql.dialect()))


@pytest.mark.parametrize(
    ("framework", "store", "modules", "orm"),
    [
        ("fastapi", "memory", set(), Orm.MEMORY),
        ("django", "file", set(), Orm.FILE),
        ("django", "sqlite:db", {"sqlalchemy"}, Orm.DJANGO),
        ("fastapi", "sqlite:db", {"sqlalchemy", "sqlalchemy.ext.asyncio"}, Orm.SQLALCHEMY_ASYNC),
        ("flask", "sqlite:db", {"sqlalchemy"}, Orm.SQLALCHEMY),
        ("flask", "sqlite:db", set(), Orm.SQL),
    ],
)
def test_orm_of(framework: str, store: str, modules: set[str], orm: Orm) -> None:
    assert orm_of(framework, store, modules) is orm


GUARDED = sorted(Path(remedies.__file__).parent.glob("remedies/*/guard/*.py.txt"))


@pytest.mark.parametrize("remedy", GUARDED, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_a_guard_that_is_recommended_is_there(remedy: Path) -> None:
    text = remedy.read_text("utf-8")
    modules = {
        importlib.import_module(found[1]): found[2].split(", ")
        for found in re.finditer(r"from (tocsin\.guard[\w.]*) import ([\w, ]+)", text)
    }
    called = {node.func.id for node in ast.walk(ast.parse(_handler(text))) if _named(node)}
    assert called <= {name for names in modules.values() for name in names} | SQL
    for module, names in modules.items():
        for name in names:
            assert callable(getattr(module, name))
    for found in re.finditer(r"(tocsin\.guard\.\w+)\.(\w+)\(", text):
        assert callable(getattr(importlib.import_module(found[1]), found[2]))


SQL = {"select", "delete"}


def _handler(text: str) -> str:
    return "async def handler():\n" + "".join(f"    {line}\n" for line in text.splitlines())


def _named(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


def test_the_guard_stands_beside_the_plain_way() -> None:
    plain, guarded = remediation(Name.DOUBLE_SUBMIT, Orm.DJANGO).code.split(
        "\n# Or with tocsin.guard:\n"
    )
    assert 'filter(pk=order_id, status="pending").update(' in plain
    assert 'transition(Order, order_id, from_="pending", to="cancelled")' in guarded
    assert "tocsin.guard" not in remediation(Name.DUPLICATE_CREATE, Orm.DJANGO).code
    assert "Root" in remediation(Name.DUPLICATE_CREATE, Orm.FILE).code
