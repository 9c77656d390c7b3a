"""Targets that load, and one sentence for each that does not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tocsin.frameworks.load import TargetError, load

FILES = {
    "loadshop/__init__.py": "",
    "loadshop/main.py": """
from fastapi import FastAPI
app = FastAPI()
number = 1
def create_app(): return FastAPI()
def create_for(tenant): return FastAPI()
def create_nothing(): return None
def create_badly(): raise LookupError("no settings")
""",
    "loadshop/broken.py": "x = 1\nraise RuntimeError('no database')\n",
    "loadshop/needy.py": "import a_package_that_is_not_there\n",
    "loadshop/wrong.py": "def f(:\n",
    "loadshop/quits.py": "raise SystemExit(3)\n",
    "loadlonely.py": "from loadhelper import app\n",
    "loadhelper.py": "from flask import Flask\napp = Flask(__name__)\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    path, modules = list(sys.path), set(sys.modules)
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    yield tmp_path
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if name.startswith("load"):
            del sys.modules[name]


@pytest.mark.parametrize(
    ("target", "framework", "interface"),
    [
        ("loadshop.main:app", "fastapi", "asgi"),
        ("loadshop.main:app()", "fastapi", "asgi"),
        ("loadshop.main:create_app", "fastapi", "asgi"),
        ("loadshop.main:create_app()", "fastapi", "asgi"),
        ("loadlonely:app", "flask", "wsgi"),
    ],
)
def test_loads(project: Path, target: str, framework: str, interface: str) -> None:
    loaded = load(target, [project])
    assert (loaded.framework.name, loaded.interface) == (framework, interface)


def test_own_packages(project: Path) -> None:
    assert load("loadshop.main:app", [project]).packages == ("loadshop",)
    assert set(load("loadlonely:app", [project]).packages) >= {"loadlonely", "loadhelper"}
    assert load("loadshop.main:app", [project], ["loadshop/main.py"]).packages == ("loadshop",)


def test_own_packages_of_a_folder_without_a_name(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    assert set(load("loadlonely:app", [project], ["."]).packages) >= {"loadlonely", "loadhelper"}


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("loadshop/main.py", "write package.module:app"),
        ("loadshop.main", "write loadshop.main:app"),
        ("loadshp.main:app", "did you mean 'loadshop.main'?"),
        ("loadshop.mian:app", "did you mean 'loadshop.main'?"),
        ("loadshop.main:appp", "did you mean 'loadshop.main:app'?"),
        ("loadshop.main:number", "of type 'int'"),
        ("loadshop.main:number()", "cannot be called"),
        ("loadshop.main:create_for", "needs arguments"),
        ("loadshop.main:create_nothing", "returns no app"),
        ("loadshop.main:create_badly", "LookupError: no settings"),
        ("loadshop.broken:app", "broken.py:2: RuntimeError: no database"),
        ("loadshop.needy:app", "needy.py:1: ModuleNotFoundError"),
        ("loadshop.wrong:app", "wrong.py:1: SyntaxError"),
        ("loadshop.quits:app", "SystemExit"),
    ],
)
def test_one_sentence_for_each_that_does_not(project: Path, target: str, said: str) -> None:
    with pytest.raises(TargetError) as error:
        load(target, [project])
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert error.value.exit_code == 2
