"""Values by schemathesis, for schemas that the plain ones of `scenario.schema` do not satisfy.

Always the same ones: its generator, Hypothesis, is run without chance, memory or deadline.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from tempfile import TemporaryDirectory

from tocsin.scenario.fitting import fits
from tocsin.scenario.schema import Json, Named, named_by_nothing
from tocsin.scenario.words import names_a_row

MOST = 8
"""Values of one schema."""

LONGEST = 8_000
"""Characters of a schema; a longer one takes its generator minutes."""

_SETTINGS = {
    "generation": {
        "codec": "ascii",
        "allow-x00": False,
        "allow-extra-parameters": False,
        "with-security-parameters": False,
    }
}
"""Text that every server reads, and nothing beside what is described."""

_PATH = "/generated"


def values(schema: Json, named: Named = named_by_nothing) -> Iterator[object]:
    """Instances of a schema, the simplest first; none where there is none, or no schemathesis.

    What names a row is taken from ``named``: no generator knows which rows there are.
    """
    for made in _made(schema) if len(json.dumps(schema, default=str)) <= LONGEST else ():
        value = _known(made, schema, named) if isinstance(made, dict) else made
        if _is_json(value) and fits(value, schema):
            yield value


def _made(schema: Json) -> list[object]:
    try:
        import hypothesis
        import schemathesis
        from hypothesis.configuration import set_hypothesis_home_dir
        from schemathesis.config import SchemathesisConfig
    except ImportError:
        return []
    made: list[object] = []
    settings = hypothesis.settings(
        max_examples=MOST,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    with TemporaryDirectory(prefix="tocsin-") as folder:
        # Tables of characters would be kept in the user's folder.
        set_hypothesis_home_dir(folder)
        try:
            config = SchemathesisConfig.from_dict(_SETTINGS)
            described = schemathesis.openapi.from_dict(_document(schema), config=config)
            strategy = described[_PATH]["POST"].as_strategy()
            settings(hypothesis.given(strategy)(lambda case: made.append(case.body)))()
        except Exception:  # noqa: BLE001 - whatever another's generator stumbles over: it has no value
            return made
        finally:
            set_hypothesis_home_dir(None)
    return made


def _document(schema: Json) -> dict[str, object]:
    """OpenAPI 3.1: its schemas are JSON Schema, whatever document they were read from."""
    content = {"application/json": {"schema": _moved(schema)}}
    operation = {
        "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "done"}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "one schema", "version": "1"},
        "paths": {_PATH: {"post": operation}},
        "components": {"schemas": _moved(schema.get("$defs", {}))},
    }


def _moved(node: object) -> object:
    """The schema with its definitions among the document's components."""
    if isinstance(node, Mapping):
        return {
            key: part.replace("#/$defs/", "#/components/schemas/")
            if key == "$ref" and isinstance(part, str)
            else _moved(part)
            for key, part in node.items()
            if key != "$defs"
        }
    return [_moved(part) for part in node] if isinstance(node, (list, tuple)) else node


def _known(made: dict[str, object], root: Json, named: Named) -> dict[str, object]:
    properties = root.get("properties")
    parts = properties if isinstance(properties, Mapping) else {}
    found = dict(made)
    for name, value in made.items():
        part = parts.get(name)
        chosen = isinstance(part, Mapping) and {"const", "enum"} & set(part)
        if isinstance(part, Mapping) and names_a_row(name) and not chosen:
            better = (one for one in named(name, part) if fits(one, part, root))
            found[name] = next(better, value)
    return found


def _is_json(value: object) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True
