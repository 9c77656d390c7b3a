"""Arguments that note what is asked of them, and results that hold where the answers agree."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from tocsin.source.trail import Trail
from tocsin.static.interpret.activations import Activations, Known
from tocsin.static.interpret.watched import Given, Log, Watched, sealed, shape
from tocsin.static.models import Model
from tocsin.static.value import (
    NO_DEPS,
    Bindings,
    Condition,
    Constant,
    Dep,
    Fields,
    Query,
    Row,
    Text,
    Value,
    deps_of,
)

ORDER = Model("Order", "orders", "django")
READ = frozenset({Dep(3)})

words = st.text("ab", min_size=1, max_size=3)
leaves = st.one_of(
    st.builds(lambda text: Value(repr(text), data=Constant(text)), words),
    st.builds(lambda term: Value(term, READ), words),
    st.builds(lambda term: Value(term, READ, "Order", Row(ORDER)), words),
)
values = st.recursive(
    leaves,
    lambda inner: st.builds(
        lambda term, parts: Value(term, READ, data=Fields(tuple(parts.items()))),
        words,
        st.dictionaries(words, inner, max_size=3),
    ),
    max_leaves=6,
)


def seen(value: Value) -> Value:
    """What a function sees of an argument ``x``."""
    return Log(Given({"x": value}, {})).arguments()["x"]


def everything(value: Value) -> object:
    """All that can be asked of a value."""
    data = value.data
    match data:
        case Fields(parts):
            return value.type, [(name, everything(each)) for name, each in parts]
        case Constant(known):
            return value.type, known
        case Row(model):
            return value.type, model, data.new
        case _:
            return value.type, None


@given(values)
def test_what_is_asked_of_a_parameter_its_argument_answers(value: Value) -> None:
    assert everything(seen(value)) == everything(value)


@given(values)
def test_a_part_of_a_parameter_stands_for_the_part_of_the_argument(value: Value) -> None:
    given_ = Given({"x": value}, {})
    whole = Log(given_).arguments()["x"]
    pending = [(whole, value)]
    for parameter, actual in pending:
        assert Bindings(given_, 0).value(sealed(parameter)) == actual
        if isinstance(actual.data, Fields) and isinstance(parameter.data, Fields):
            pairs = zip(parameter.data.parts, actual.data.parts, strict=True)
            pending += [(mine, own) for (_, mine), (_, own) in pairs]


@given(values, values)
def test_arguments_agree_on_everything_only_if_they_are_alike(one: Value, other: Value) -> None:
    assume(shape({"x": one}) == shape({"x": other}))
    log = Log(Given({"x": one}, {}))
    everything(log.arguments()["x"])
    alike = everything(one) == everything(other)
    assert log.agrees(Given({"x": other}, log.given.places)) is alike


def test_what_is_not_asked_is_not_noted() -> None:
    log = Log(Given({"x": Value("x", READ, "Order", Row(ORDER, new=True)), "y": Value("y")}, {}))
    whole = log.arguments()["x"]
    assert whole.term == "`x`"
    assert whole.deps == {Dep("x")}
    assert not log.notes
    assert isinstance(whole.data, Row)
    assert whole.data.new
    assert [what for _, what in log.notes] == ["kind", "new"]


def test_a_question_to_a_parameter_is_one_to_the_caller_s() -> None:
    outer = Log(Given({"x": Value("x", READ, "Order")}, {}))
    inner = Log(Given({"y": outer.arguments()["x"]}, {}))
    assert inner.arguments()["y"].type == "Order"
    assert outer.notes == {("x", "type"): "Order"}


def test_a_literal_is_known_to_be_one_and_its_text_is_asked_for() -> None:
    log = Log(Given({"x": Value("'a'", data=Constant("a"))}, {}))
    whole = log.arguments()["x"]
    assert whole.deps == NO_DEPS
    assert isinstance(whole.data, Constant)
    assert not log.notes
    assert whole.data.value == "a"
    assert len(log.notes) == 1


def test_long_texts_are_nothing_to_a_function() -> None:
    for data in (Constant("a" * 50), Text((Value("a"),))):
        assert seen(Value("t", data=data)).data is None


def test_what_a_condition_compares_with_is_a_part_too() -> None:
    where = (Condition("id", "=", "request.id", READ),)
    given_ = Given({"q": Value("q", data=Query(ORDER, where=where))}, {})
    query = Log(given_).arguments()["q"].data
    assert isinstance(query, Query)
    assert query.where[0].term != "request.id"
    assert Bindings(given_, 0).where(query.where) == where


def test_more_may_depend_on_a_parameter_and_it_stays_one() -> None:
    log = Log(Given({"x": Value("x", READ, "Order")}, {}))
    more = log.arguments()["x"].depending(frozenset({Dep(9)}))
    assert isinstance(more, Watched)
    assert not log.notes
    assert deps_of(sealed(more)) == {Dep("x"), Dep(9)}


class Calls:
    """Functions that only call each other: what they come to is whom they have called."""

    def __init__(self, calls: dict[int, tuple[int, ...]]) -> None:
        self.calls = calls
        self.known: dict[int, Known[str]] = {each: Known() for each in calls}
        self.activations = Activations(Trail())

    def result(self, name: int) -> str:
        known = self.known[name]

        def work(_: Log) -> str:
            return f"{name}({' '.join(map(self.result, self.calls[name]))})"

        return self.activations.result(known, Given({}, known.places), work, "-")


graphs = st.integers(2, 6).flatmap(
    lambda size: st.fixed_dictionaries(
        {each: st.lists(st.integers(0, size - 1), max_size=3).map(tuple) for each in range(size)}
    )
)


@given(graphs, st.data())
def test_no_result_depends_on_what_was_asked_before(
    calls: dict[int, tuple[int, ...]], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(sorted(calls)))
    one, other = Calls(calls), Calls(calls)
    first = {name: one.result(name) for name in sorted(calls)}
    second = {name: other.result(name) for name in order}
    assert first == second


def test_recursion_is_cut_where_it_comes_back() -> None:
    calls = Calls({0: (1, 2), 1: (0,), 2: ()})
    assert calls.result(0) == "0(1(-) 2())"
    assert calls.result(1) == "1(0(- 2()))"


def test_what_is_known_is_not_worked_out_again() -> None:
    calls = Calls({0: (1, 1, 2), 1: (2,), 2: ()})
    assert calls.result(0) == "0(1(2()) 1(2()) 2())"
    assert calls.activations.made == 3
