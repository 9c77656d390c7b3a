"""Statements as the lanes show them."""

from __future__ import annotations

import pytest

from tocsin.report.words import short_sql


@pytest.mark.parametrize(
    ("statement", "short"),
    [
        ("SELECT id FROM t", "SELECT id FROM t"),
        (
            (
                'SELECT "orders"."id", "orders"."status", "orders"."amount"\n FROM "orders"'
                ' WHERE "orders"."id" = 1 LIMIT 21'
            ),
            "SELECT … FROM orders WHERE id = 1 LIMIT 21",
        ),
        (
            "SELECT a.id, b.name FROM a JOIN b ON a.id = b.a",
            "SELECT a.id, b.name FROM a JOIN b ON a.id = b.a",
        ),
        (
            "INSERT INTO refunds (amount) VALUES (40) RETURNING refunds.id",
            "INSERT INTO refunds (amount) VALUES (40)",
        ),
        (
            "UPDATE users SET email='a.b@c.de \"x\"' WHERE users.id = 1",
            "UPDATE users SET email='a.b@c.de \"x\"' WHERE id = 1",
        ),
        ("SELECT pg_sleep(1)", "SELECT pg_sleep(1)"),
    ],
)
def test_short(statement: str, short: str) -> None:
    assert short_sql(statement) == short
