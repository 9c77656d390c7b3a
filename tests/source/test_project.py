from __future__ import annotations

import ast
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.source.conftest import Make
from tocsin.source.annotations import metadata, unwrapped
from tocsin.source.names import ancestors, descends, inherited, named
from tocsin.source.project import (
    ClassSymbol,
    ExternalSymbol,
    FunctionSymbol,
    ModuleSymbol,
    Project,
    Symbol,
    VariableSymbol,
)


def look(project: Project, file: str, name: str) -> Symbol | None:
    found = next(each for each in project.files if "/".join(each.parts) == file)
    module = project.module(found)
    assert module is not None
    return named(project, module, ast.parse(name, mode="eval").body)


SHOP = {
    "src/shop/__init__.py": "from .models import Order as Ordered\n",
    "src/shop/models.py": "class Base: ...\nclass Order(Base):\n    def pay(self): ...\n",
    "src/shop/views.py": (
        "import shop.models\nfrom . import models\nfrom .models import *\n"
        "from shop import Ordered\n"
        "import json as j\nalias = models.Order\ndb = sqlalchemy.X()\nimport sqlalchemy\n"
    ),
}


@pytest.mark.parametrize(
    "name", ["models.Order", "shop.models.Order", "Order", "Ordered", "alias", "alias[int]"]
)
def test_a_class_is_found_by_every_way_to_it(project: Make, name: str) -> None:
    symbol = look(project(SHOP), "src/shop/views.py", name)
    assert isinstance(symbol, ClassSymbol)
    assert symbol.qualname == "src.shop.models.Order"


def test_what_is_outside_keeps_its_name(project: Make) -> None:
    assert look(project(SHOP), "src/shop/views.py", "j.dumps") == ExternalSymbol("json.dumps")
    assert look(project(SHOP), "src/shop/views.py", "db.Model") == ExternalSymbol(
        "sqlalchemy.X.Model"
    )


def test_of_two_packages_of_one_name_the_nearer_is_meant(project: Make) -> None:
    both = project(
        {
            f"{one}/shop/{name}": text
            for one in "ab"
            for name, text in {
                "__init__.py": "",
                "models.py": f"class {one.upper()}: ...\n",
                "views.py": "from shop import models\n",
            }.items()
        }
    )
    symbol = look(both, "b/shop/views.py", "models")
    assert isinstance(symbol, ModuleSymbol)
    assert symbol.module.file.parts[0] == "b"


def test_imports_in_a_circle_end(project: Make) -> None:
    circle = project({"a.py": "from b import x\n", "b.py": "from a import x\n"})
    assert look(circle, "a.py", "x") in {None, ExternalSymbol("a.x"), ExternalSymbol("x")}


def test_bases_and_members_are_inherited(project: Make) -> None:
    shop = project(SHOP)
    symbol = look(shop, "src/shop/models.py", "Order")
    assert isinstance(symbol, ClassSymbol)
    assert [getattr(each, "node", each).name for each in ancestors(shop, symbol)] == [
        "Order",
        "Base",
    ]
    assert isinstance(inherited(shop, symbol, "pay"), FunctionSymbol)
    assert inherited(shop, symbol, "nothing") is None
    assert descends(shop, symbol, frozenset({"x.Y"})) is None


def test_a_class_that_inherits_from_itself_ends(project: Make) -> None:
    odd = project({"a.py": "class A(A): ...\n"})
    symbol = look(odd, "a.py", "A")
    assert isinstance(symbol, ClassSymbol)
    assert len(list(ancestors(odd, symbol))) == 1


@given(st.lists(st.lists(st.integers(0, 5), unique=True, max_size=3), min_size=1, max_size=6))
def test_bases_are_asked_in_the_order_of_python(bases: list[list[int]]) -> None:
    heads = [", ".join(f"C{each}" for each in own if each < n) for n, own in enumerate(bases)]
    text = "".join(f"class C{n}({head}): ...\n" for n, head in enumerate(heads))
    made: dict[str, type] = {}
    try:
        exec(text, {"__name__": "a"}, made)  # noqa: S102 - the classes above, and nothing else
    except TypeError:
        assume(False)
    last = f"C{len(bases) - 1}"
    with TemporaryDirectory() as folder:
        (Path(folder) / "a.py").write_text(text)
        read = Project.read(Path(folder))
        symbol = look(read, "a.py", last)
        assert isinstance(symbol, ClassSymbol)
        line = [getattr(each, "node", each).name for each in ancestors(read, symbol)]
    assert line == [each.__name__ for each in made[last].__mro__[:-1]]


@pytest.mark.parametrize(
    "annotation",
    [
        "Order",
        "Order | None",
        "None | Order",
        "Optional[Order]",
        "list[Order]",
        "Annotated[Order, 1]",
        "'Order'",
        "Alias",
        "list['Order | None']",
    ],
)
def test_annotations_are_unwrapped(project: Make, annotation: str) -> None:
    made = project({"a.py": "class Order: ...\nAlias = Annotated[Order, 2]\n"})
    module = made.module(made.files[0])
    assert module is not None
    found = unwrapped(made, module, ast.parse(annotation, mode="eval").body)
    assert found is not None
    assert ast.unparse(found[1]).strip("'") == "Order"


def test_metadata_is_found_behind_aliases(project: Make) -> None:
    made = project({"a.py": "Me = Annotated[str, Depends(me)]\n", "b.py": "from a import Me\n"})
    module = made.module(made.files[1])
    assert module is not None
    nodes = metadata(made, module, ast.parse("Annotated[Me, 1]", mode="eval").body)
    assert [ast.unparse(node) for _, node in nodes] == ["1", "Depends(me)"]


def test_a_file_with_a_syntax_error_is_said_once(project: Make) -> None:
    broken = project({"a.py": "def f(:\n"})
    assert broken.module(broken.files[0]) is None
    assert broken.module(broken.files[0]) is None
    assert len(broken.unread) == 1


def test_variables_are_symbols(project: Make) -> None:
    made = project({"a.py": "x, y = 1, 2\nif True:\n    z = 3\n"})
    module = made.module(made.files[0])
    assert module is not None
    for name in "xyz":
        assert isinstance(made.resolve(module, name), VariableSymbol)


def test_a_module_inside_of_a_package_is_not_meant_by_its_last_name(project: Make) -> None:
    made = project(
        {
            "app/__init__.py": "",
            "app/limits.py": "class Limit: ...\n",
            "app/views/__init__.py": "",
            "app/views/app.py": "",
            "app/views/orders.py": "from app import limits\n",
        }
    )
    found = look(made, "app/views/orders.py", "limits.Limit")
    assert isinstance(found, ClassSymbol)


def test_a_package_that_is_called_like_what_it_wraps(project: Make) -> None:
    made = project(
        {
            "app/__init__.py": "",
            "app/ext/__init__.py": "",
            "app/ext/sqlalchemy/__init__.py": "from . import sql\n",
            "app/ext/sqlalchemy/sql.py": "from sqlalchemy.sql import select\n",
            "app/ext/sqlalchemy/types.py": "from sqlalchemy import String\n",
            "app/views.py": "from app.ext.sqlalchemy import sql, types\n",
        }
    )
    assert look(made, "app/views.py", "sql.select") == ExternalSymbol("sqlalchemy.sql.select")
    assert look(made, "app/views.py", "types.String") == ExternalSymbol("sqlalchemy.String")


def test_a_folder_below_a_package_is_on_the_path(project: Make) -> None:
    made = project(
        {
            "api/__init__.py": "",
            "api/shop/__init__.py": "",
            "api/shop/models.py": "class Order: ...\n",
            "api/shop/views.py": "from shop.models import Order\n",
        }
    )
    assert isinstance(look(made, "api/shop/views.py", "Order"), ClassSymbol)


@pytest.mark.parametrize(
    ("root", "name"),
    [
        ("src/shop", "shop.api.models.Order"),
        ("src/shop", "Order"),
        ("src/shop", "Again"),
        ("src/shop/api", "Order"),
        ("src/shop/api", "Again"),
    ],
)
def test_a_root_that_is_a_package_is_known_by_its_name(project: Make, root: str, name: str) -> None:
    made = project(
        {
            "src/shop/__init__.py": "",
            "src/shop/api/__init__.py": "from shop.api.models import Order\n",
            "src/shop/api/models.py": "class Order: ...\n",
            "src/shop/api/views.py": (
                "import shop.api.models\nfrom shop.api.models import Order\n"
                "from shop.api import Order as Again\n"
            ),
        }
    )
    below = Project.read(made.root / root)
    file = "views.py" if root.endswith("api") else "api/views.py"
    assert isinstance(look(below, file, name), ClassSymbol)


def test_a_root_that_is_no_package_is_not_known_by_its_name(project: Make) -> None:
    made = project(
        {"redis/client.py": "class Redis: ...\n", "redis/app.py": "import redis.client\n"}
    )
    below = Project.read(made.root / "redis")
    assert look(below, "app.py", "redis.client.Redis") == ExternalSymbol("redis.client.Redis")
