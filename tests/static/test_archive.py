"""What did not change is not interpreted again, and nobody can tell from what is found."""

from __future__ import annotations

import ast
import os
import pickle
import shutil
import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.static.test_order import MODELS, SERVICE, URLS, VIEWS
from tocsin.source import project as projects
from tocsin.static import archive as archives
from tocsin.static import engine, wire
from tocsin.static.engine import Analysis, analyse
from tocsin.static.interpret.activations import Activations
from tocsin.static.shard import Share

EXAMPLES = Path(__file__).parents[2] / "examples"
SHOPS = ("shop_django", "shop_fastapi", "shop_flask")

Told = list[tuple[object, ...]]


def told(analysis: Analysis) -> tuple[Told, object]:
    """All that an analysis says."""
    reports = [
        (
            each.judge.code,
            each.match,
            each.endpoints,
            each.more,
            each.pairs,
            each.window.check,
            each.window.use,
            each.window.crossings,
            each.window.protections,
            each.window.entry.asynchronous,
            each.window.entry.framework,
        )
        for each in analysis.reports
    ]
    rest = (analysis.read, analysis.unread, analysis.frameworks, analysis.caveats, analysis.cut)
    return reports, rest


@pytest.fixture
def interpreted(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many functions were interpreted since this was asked the last time."""
    count = 0
    inner = Activations._worked

    def worked(*given: object) -> object:
        nonlocal count
        count += 1
        return inner(*given)  # type: ignore[arg-type]

    def asked() -> int:
        nonlocal count
        before, count = count, 0
        return before

    monkeypatch.setattr(Activations, "_worked", worked)
    return asked


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLES / "shop_django", tmp_path / "shop"))


def sources(root: Path) -> Sequence[Path]:
    return sorted(root.rglob("*.py"))


def volumes(cache: Path) -> Sequence[Path]:
    return sorted(cache.glob("entries/*/*"))


@pytest.mark.parametrize("name", SHOPS)
def test_each_file_in_turn(name: str, tmp_path: Path) -> None:
    root = Path(shutil.copytree(EXAMPLES / name, tmp_path / "shop"))
    cache = tmp_path / "cache"
    assert told(analyse(root, cache=cache)) == told(analyse(root))

    for number, path in enumerate(sources(root)):
        lines = path.read_text().splitlines()
        tested = [index for index, line in enumerate(lines) if line.strip().startswith("if ")]
        if tested and number % 2:  # a test less
            indent = lines[tested[0]].partition("if ")[0]
            lines[tested[0]] = f"{indent}if True:"
            path.write_text("\n".join(lines))
        else:
            path.write_text("\n".join(["", *lines]))

        assert told(analyse(root, cache=cache)) == told(analyse(root)), path


MODULES = {"models": MODELS, "service": SERVICE, "views": VIEWS, "urls": URLS}
HOW = st.sampled_from(["off", "blank", "on"])
EDITS = st.lists(
    st.tuples(
        st.sampled_from(sorted(MODULES)),
        st.integers(0, 60),
        st.sampled_from(["off", "blank", "on"]),
    ),
    min_size=1,
    max_size=6,
)


def edited(lines: list[str], number: int, how: str) -> Iterator[str]:
    """A module with a line taken out, moved down, or as it was at first."""
    for index, line in enumerate(lines):
        if index == number % len(lines) and line.strip():
            if how == "blank":
                yield ""
            if how == "off" and not line.rstrip().endswith((":", "(", "[")):
                yield line[: len(line) - len(line.lstrip())] + "pass"
                continue
        yield line


@settings(deadline=None, max_examples=25)
@given(EDITS)
def test_random_edits(edits: list[tuple[str, int, str]]) -> None:
    with TemporaryDirectory() as folder:
        root, cache = Path(folder) / "app", Path(folder) / "cache"
        root.mkdir()
        plain = {name: textwrap.dedent(text) for name, text in MODULES.items()}
        for name, text in plain.items():
            (root / f"{name}.py").write_text(text)
        analyse(root, cache=cache)
        for name, number, how in edits:
            lines = list(edited(plain[name].splitlines(), number, how))
            (root / f"{name}.py").write_text("\n".join(lines))
            assert told(analyse(root, cache=cache)) == told(analyse(root))


def test_what_did_not_change_is_not_interpreted(
    shop: Path, tmp_path: Path, interpreted: Callable[[], int]
) -> None:
    first = told(analyse(shop, cache=tmp_path / "cache"))
    whole = interpreted()
    assert told(analyse(shop, cache=tmp_path / "cache")) == first
    assert interpreted() == 0

    orders = shop / "shop" / "orders.py"
    orders.write_text(f"{orders.read_text()}\n\ndef added():\n    return 1\n")
    assert told(analyse(shop, cache=tmp_path / "cache")) == first
    assert 0 < interpreted() < whole / 2


def test_what_did_not_change_is_not_parsed(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyse(shop, cache=tmp_path / "cache")
    monkeypatch.setattr(projects, "parse", None)
    analyse(shop, cache=tmp_path / "cache")
    parsed: list[bytes] = []

    def parse(data: bytes) -> ast.Module:
        parsed.append(data)
        return ast.parse(data)

    monkeypatch.setattr(projects, "parse", parse)
    manage = shop / "manage.py"
    manage.write_text(f"{manage.read_text()}\n# one line more\n")
    analyse(shop, cache=tmp_path / "cache")

    assert parsed == [manage.read_bytes()]


def test_a_new_writer_makes_a_window_of_what_is_as_it_was(tmp_path: Path) -> None:
    root, cache = tmp_path / "app", tmp_path / "cache"
    root.mkdir()
    (root / "models.py").write_text(textwrap.dedent(RIGHTS))
    (root / "views.py").write_text(textwrap.dedent(PUBLISH))
    (root / "urls.py").write_text(ROUTES)
    (root / "revoking.py").write_text(textwrap.dedent(REVOKE).replace("delete", "count"))
    assert "TOC101" not in {each.judge.code for each in analyse(root, cache=cache).reports}

    (root / "revoking.py").write_text(textwrap.dedent(REVOKE))
    found = analyse(root, cache=cache)

    assert "TOC101" in {each.judge.code for each in found.reports}
    assert told(found) == told(analyse(root))


RIGHTS = """
    from django.db import models

    class Editor(models.Model):
        user = models.ForeignKey("auth.User", on_delete=models.CASCADE)

    class Post(models.Model):
        public = models.BooleanField()
"""
PUBLISH = """
    from django.core.exceptions import PermissionDenied
    from models import Editor, Post

    def publish(request, pk):
        if not Editor.objects.filter(user=request.user).exists():
            raise PermissionDenied
        Post.objects.filter(pk=pk).update(public=True)
"""
REVOKE = """
    from models import Editor

    def revoke(request, user):
        Editor.objects.filter(user=user).delete()
"""
ROUTES = """
from django.urls import path
import revoking, views

urlpatterns = [path("publish/<int:pk>", views.publish), path("revoke/<int:user>", revoking.revoke)]
"""


def test_what_was_read_on_the_way_was_read(shop: Path, tmp_path: Path) -> None:
    helper = shop / "tests" / "helper.py"  # no part of the application, but for who imports it
    helper.parent.mkdir(exist_ok=True)
    helper.write_text("def helped():\n    return 1\n")
    orders = shop / "shop" / "orders.py"
    text = orders.read_text().replace("def cancel(", "def cancel_it(")
    orders.write_text(
        f"{text}\nfrom tests.helper import helped\n\ndef cancel(*given):\n"
        "    helped()\n    return cancel_it(*given)\n"
    )
    first = analyse(shop, cache=tmp_path / "cache")

    assert str(helper) in first.read
    assert told(analyse(shop, cache=tmp_path / "cache")) == told(first)


def test_a_file_more_reads_everything_again(shop: Path, tmp_path: Path) -> None:
    analyse(shop, cache=tmp_path / "cache")
    (shop / "shop" / "more.py").write_text("from shop.orders import *\n")

    assert told(analyse(shop, cache=tmp_path / "cache")) == told(analyse(shop))


@pytest.mark.parametrize("size", [0, 10, 31, 32, 40, -1])
def test_what_is_cut_short_is_as_if_it_were_not_there(
    shop: Path, tmp_path: Path, size: int, interpreted: Callable[[], int]
) -> None:
    expected = told(analyse(shop, cache=tmp_path / "cache"))
    whole = interpreted()
    (volume,) = volumes(tmp_path / "cache")
    volume.write_bytes(volume.read_bytes()[:size])

    assert told(analyse(shop, cache=tmp_path / "cache")) == expected
    assert interpreted() == whole


def test_a_run_that_was_killed_while_it_wrote_loses_nothing(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interpreted: Callable[[], int]
) -> None:
    cache = tmp_path / "cache"
    expected = told(analyse(shop, cache=cache))
    orders = shop / "shop" / "orders.py"
    orders.write_text(f"{orders.read_text()}\n")

    class Killed(BaseException):
        pass

    def dies(_: Path, to: object) -> None:
        raise Killed(to)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", dies)
        patched.setattr(Path, "unlink", lambda *_, **__: None)  # nor is there time to tidy up
        with pytest.raises(Killed):
            analyse(shop, cache=cache)
    orders.write_text(orders.read_text()[:-1])
    interpreted()

    assert len(volumes(cache)) == 2  # one of them is half a file, which nobody takes for whole
    assert told(analyse(shop, cache=cache)) == expected
    assert interpreted() == 0


def test_nothing_is_called_for_what_lies_in_a_file(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return os.mkdir, (str(tmp_path / "made"),)

    for data in (pickle.dumps(Evil()), b"", b"junk", pickle.dumps(Share)):
        with pytest.raises(wire.Unreadable):
            wire.read(data)

    assert not (tmp_path / "made").exists()


def test_only_so_many_volumes_are_kept(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "_VOLUMES", 2)
    cache, orders = tmp_path / "cache", shop / "shop" / "orders.py"
    text = orders.read_text()
    for number in range(4):
        orders.write_text(f"{text}\n# {number}\n")
        analyse(shop, cache=cache)

    assert len(volumes(cache)) == 2


def test_parts_have_volumes_of_their_own(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setattr(engine, "shares", lambda *_: (Share(0, 2), Share(1, 2)))
    expected = told(analyse(shop, cache=cache))

    assert told(analyse(shop, cache=cache)) == expected
    assert len(volumes(cache)) == 2


def test_without_a_folder_to_write_to_all_is_read(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")

    assert told(analyse(shop, cache=tmp_path / "cache")) == told(analyse(shop))


def test_another_sender_of_a_signal_is_another_row(tmp_path: Path) -> None:
    root, cache = tmp_path / "app", tmp_path / "cache"
    root.mkdir()
    (root / "models.py").write_text(textwrap.dedent(SENDERS))
    (root / "handlers.py").write_text(textwrap.dedent(HANDLER))
    (root / "wiring.py").write_text(WIRING.replace("Account", "Note"))
    assert rows(analyse(root, cache=cache)) == {"models.Note"}

    (root / "wiring.py").write_text(WIRING)

    assert rows(analyse(root, cache=cache)) == {"models.Account"}


SENDERS = """
    from django.db import models

    class Account(models.Model):
        times = models.IntegerField()

    class Note(models.Model):
        text = models.TextField()
"""
HANDLER = """
    def counted(sender, instance, **kwargs):
        instance.times = instance.times + 1
        instance.save()
"""
WIRING = """
from django.db.models.signals import post_delete
from handlers import counted
from models import Account, Note

post_delete.connect(counted, sender=Account)
"""


def rows(analysis: Analysis) -> set[str]:
    """The models whose rows findings are about."""
    items = (each.window.use.effect.item for each in analysis.reports)
    return {item.name for item in items if item}
