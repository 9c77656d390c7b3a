"""Further requests that work: another row, another user, an amount that cannot be paid twice.

Two withdrawals of 1 from an account of 100 race for nothing. Two of 60 do.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Generator, Iterator

from tocsin.model.http import Operation, Request
from tocsin.model.table import Row, Table
from tocsin.scenario import words
from tocsin.scenario.build import Inputs, build
from tocsin.scenario.draft import Key, properties, with_definitions
from tocsin.scenario.fitting import fits
from tocsin.scenario.knowledge import Knowledge, View, references, unique_columns
from tocsin.scenario.prepare import Answer, Exercised, succeeded
from tocsin.scenario.schema import Json
from tocsin.scenario.values import Origin, adapt, candidates, wanted

ATTEMPTS = 12
OTHER_ROWS = 2
AMOUNTS = 4
MORE_THAN_HALF = 0.6


def variants(
    exercised: Exercised, knowledge: Knowledge, attempts: int = ATTEMPTS
) -> Generator[Request, Answer, tuple[Exercised, ...]]:
    """Yield requests to try, be sent their `Answer`, return those that work too."""
    operation, identity = exercised.operation, exercised.identity
    found: list[Exercised] = []
    seen = {_essence(exercised.request)}
    for inputs in _proposals(exercised, knowledge.seen_by(identity)):
        request = build(operation, inputs, identity)
        if _essence(request) in seen:
            continue
        if attempts <= 0:
            break
        attempts -= 1
        seen.add(_essence(request))
        answer = yield request
        if succeeded(answer.response):
            found.append(Exercised(operation, identity, request, answer.response, inputs))
    return tuple(found)


def _essence(request: Request) -> tuple[object, ...]:
    return request.path, request.query, request.body


def _proposals(exercised: Exercised, view: View) -> Iterator[Inputs]:
    """Amounts and people first: they decide whether a race can show at all."""
    inputs, operation = exercised.inputs, exercised.operation
    slots = list(_slots(operation, inputs))
    for (place, name), schema in slots:
        if words.is_amount(name):
            for amount in itertools.islice(_amounts(operation, inputs, view), AMOUNTS):
                value = adapt(amount, schema)
                if fits(value, schema):
                    yield inputs.with_value(place, name, value)
    for (place, name), schema in slots:
        if words.is_person(name):
            people = view.knowledge.usernames
            for user in people:
                if user != inputs.get(place, name) and fits(user, schema):
                    yield inputs.with_value(place, name, user)
    for (place, name), schema in slots:
        if not words.is_amount(name):
            yield from _other_rows(operation, inputs, (place, name), schema, view)


def _slots(operation: Operation, inputs: Inputs) -> Iterator[tuple[Key, Json]]:
    """Every input that may vary, with its schema: also optional amounts that were left out."""
    body = operation.body or {}
    for parameter in operation.parameters:
        used = inputs.get(parameter.place, parameter.name) is not None
        if "x-security" in parameter.schema or "const" in parameter.schema:
            continue
        if used or words.is_amount(parameter.name):
            yield (parameter.place, parameter.name), parameter.schema
    declared = properties(body)
    names = [*inputs.fields, *(name for name in declared if words.is_amount(name))]
    for name in dict.fromkeys(names):
        if inputs.whole is None and name not in inputs.files:
            yield ("body", name), with_definitions(declared.get(name), body)
    known = {parameter.name for parameter in operation.parameters if parameter.place == "query"}
    for name in inputs.query:
        if name not in known:
            yield ("query", name), {}


def _other_rows(
    operation: Operation, inputs: Inputs, key: Key, schema: Json, view: View
) -> Iterator[Inputs]:
    place, name = key
    what = wanted(operation, name, schema, in_path=place == "path")
    others = [found for found in candidates(what, view) if found.value != inputs.get(place, name)]
    known = [found for found in others if found.origin in {Origin.ROW, Origin.CONFIGURED}]
    free = place == "body" and not words.names_a_row(name) and operation.method != "GET"
    # Two writes of one text leave the same rows in either order: another text tells them apart.
    for found in others[:1] if free else known[:OTHER_ROWS]:
        yield inputs.with_value(place, name, found.value)


def _amounts(operation: Operation, inputs: Inputs, view: View) -> Iterator[object]:
    """Of every stock that the request may draw on: more than half of it, and all of it."""
    seen: set[float] = set()
    for stock in _stocks(operation, inputs, view):
        for amount in (math.ceil(stock * MORE_THAN_HALF), stock):
            whole = int(amount) if float(amount).is_integer() else amount
            if whole not in seen:
                seen.add(whole)
                yield whole


def _stocks(operation: Operation, inputs: Inputs, view: View) -> list[float]:
    nouns = {words.noun(part) for part in operation.path.split("/") if part and "{" not in part}
    found: list[tuple[tuple[bool, bool], float]] = []
    named = list(_named_rows(inputs, view))
    for table, row in [*named, *view.own()]:
        fixed = {*table.key, *references(table, view.all_tables), *unique_columns(table)}
        speaks = any(words.closeness(table.name, one) is not None for one in nouns)
        direct = any(row is one for _, one in named)
        for column in table.columns:
            amount = _number(row.get(column))
            last = (words.split(column) or ("",))[-1]
            stock = last in words.STOCKS or column in words.STOCKS
            if (
                column in fixed
                or amount is None
                or amount <= 1
                or last in {"id", "version", "year"}
            ):
                continue
            found.append(((not (direct or speaks), not stock), amount))
    best = min((order for order, _ in found), default=None)
    return [amount for order, amount in found if order == best]


def _named_rows(inputs: Inputs, view: View) -> Iterator[tuple[Table, Row]]:
    """The rows that the request itself names in its path or body."""
    named = (value for name, value in inputs.fields.items() if not words.is_amount(name))
    given = {str(value) for value in (*inputs.path.values(), *named)}
    for name, table in view.all_tables.items():
        for row in view.rows(name):
            if any(str(row.get(column)) in given for column in unique_columns(table)):
                yield table, row


def _number(value: object) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(str(value))
    except ValueError:
        return None
