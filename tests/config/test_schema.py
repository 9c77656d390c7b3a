"""The published JSON Schema is the one the code means."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from tests.config.test_load import FULL
from tocsin.config import schema

PUBLISHED = Path(__file__).parents[2] / "docs" / "reference" / "config.schema.json"


def test_the_published_schema_is_up_to_date() -> None:
    """Run ``python -m tests.config.test_schema`` to write it anew."""
    assert json.loads(PUBLISHED.read_text()) == schema()


def test_the_schema_accepts_what_the_code_accepts() -> None:
    jsonschema.validate(tomllib.loads(FULL), schema())


def test_the_schema_refuses_unknown_keys() -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"prempetions": 1}, schema())


if __name__ == "__main__":
    PUBLISHED.parent.mkdir(parents=True, exist_ok=True)
    PUBLISHED.write_text(json.dumps(schema(), indent=2) + "\n")
