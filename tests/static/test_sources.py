"""Where a word stands, and where a class is defined: in the application, not in its tests."""

from __future__ import annotations

from pathlib import Path

from tocsin.source.project import Project
from tocsin.static.sources import Sources


def sources(root: Path, **texts: str) -> Sources:
    for name, text in texts.items():
        path = root / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Sources(Project.read(root))


def test_a_word_is_found_without_reading_the_rest(tmp_path: Path) -> None:
    found = sources(tmp_path, one="x = 'needle'", two="y = 'hay'", tests__three="z = 'needle'")

    assert [each.name for each in found.saying(b"needle", b"pin")] == ["one"]
    assert [each.name for each in found.project.parsed] == ["one"]


def test_a_word_may_need_another_besides(tmp_path: Path) -> None:
    found = sources(tmp_path, one="needle = models", two="needle = 1")

    assert [each.name for each in found.saying(b"needle", besides=b"models")] == ["one"]


def test_a_class_is_where_it_is_defined_with_its_bases(tmp_path: Path) -> None:
    text = "class Order(Base):\n    class Line(Base): ...\nclass Order(Other): ...\n"
    found = sources(tmp_path, one=text, two="Order = 1", tests__three=text)

    assert [module.name for _, module in found.defining("Order")] == ["one"]
    assert [file.dotted for file, _ in found.defining("Line")] == [("one",)]
    assert not list(found.defining("Base"))


def test_what_cannot_be_read_has_no_module(tmp_path: Path) -> None:
    found = sources(tmp_path, one="class Order(Base:\n")

    assert not list(found.defining("Order"))
    assert not list(found.saying(b"Order"))
