"""What a summary's effects look like once a caller has them."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.location import Location
from tocsin.static.effect import Effect, Guard, Item, Kind, Scope, ScopeKind, Transplant, Written
from tocsin.static.value import Bindings, Condition, Dep, Deps, Value

_AT = Location("shop.py", 3, "buy")
_DEPS = frozenset({Dep(0, "stock"), Dep("row")})
_GUARD = Guard(1, True, _DEPS, _AT, "409", "stock", 1)
_SCOPE = Scope(2, ScopeKind.LOCK, "`row`", "thread", ("KeyError",), True, ("KeyError",))
_EFFECT = Effect(
    kind=Kind.WRITE,
    at=_AT,
    verb="update",
    item=Item("database", "`row`", (Condition("id", "=", "`row`", _DEPS, ("t",), True),), "`row`"),
    model=object(),
    columns=("stock",),
    written=(Written("stock", _DEPS, True, "`row`", True),),
    lock="update",
    session="`row`",
    deps=_DEPS,
    options=frozenset({"full"}),
    guards=(_GUARD,),
    scopes=(_SCOPE,),
    generic=True,
    sites=(Location("shop.py", 9, "pay"),),
)


def test_every_field_has_a_value_that_is_not_the_default() -> None:
    for each in (_EFFECT, _GUARD, _SCOPE, _EFFECT.written[0]):
        for field in dataclasses.fields(each):
            assert getattr(each, field.name) != field.default, field.name


def test_a_transplant_that_moves_nothing_loses_nothing() -> None:
    same = Bindings({"row": Value("`row`", frozenset({Dep("row")}))}, 0)

    moved = Transplant(same, 0, (), ()).effect(dataclasses.replace(_EFFECT, generic=False))

    assert moved == dataclasses.replace(_EFFECT, generic=False)


def test_arguments_take_the_place_of_parameters_everywhere() -> None:
    order = Bindings({"row": Value("order", frozenset({Dep(4)}))}, 10)

    moved = Transplant(order, 5, (), ()).effect(_EFFECT)

    deps = frozenset({Dep(10, "stock"), Dep(4)})
    assert moved.item == Item(
        "database", "order", (Condition("id", "=", "order", deps, ("t",), True),), "order"
    )
    assert moved.written == (Written("stock", deps, True, "order", True),)
    assert moved.guards == (dataclasses.replace(_GUARD, number=6, deps=deps),)
    assert moved.scopes == (dataclasses.replace(_SCOPE, number=7, term="order"),)
    assert (moved.session, moved.deps) == ("order", deps)


_SOURCES = st.one_of(st.integers(0, 5), st.sampled_from(["a", "b"]))
_SETS = st.frozensets(st.builds(Dep, _SOURCES, st.sampled_from(["", "x", "y"])))


@given(sets=st.lists(_SETS, max_size=6), given_=_SETS, offset=st.integers(0, 3))
def test_what_is_remembered_is_what_would_be_worked_out(
    sets: list[Deps], given_: Deps, offset: int
) -> None:
    values = {"a": Value("x", given_)}
    remembering = Bindings(values, offset)

    for deps in [*sets, *sets]:
        assert remembering.deps(deps) == Bindings(values, offset).moved(deps)
