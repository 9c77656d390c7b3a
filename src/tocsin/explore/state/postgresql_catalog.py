"""What a PostgreSQL database says about its tables."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from tocsin.explore.state.libpq import Line, identifier
from tocsin.explore.state.relations import Reference, closure
from tocsin.model.access import Item
from tocsin.model.table import Table

OWN_SCHEMAS = ("tocsin_snapshot", "tocsin_found")

_FIRING = "CASE enabled WHEN 'A' THEN 'ALWAYS ' WHEN 'R' THEN 'REPLICA ' ELSE '' END || "

_QUERY = """
WITH spaces AS (
  SELECT oid, nspname FROM pg_namespace
  WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', {own})
), relations AS (
  SELECT c.oid, s.nspname, c.relname, c.relkind, pg_table_is_visible(c.oid) AS visible
  FROM pg_class c JOIN spaces s ON s.oid = c.relnamespace
  WHERE c.relpersistence <> 't' AND c.relkind IN ('r', 'p', 'S', 'v', 'm')
)
SELECT jsonb_build_object(
  'relations', (SELECT jsonb_agg(jsonb_build_object(
    'oid', r.oid::int8, 'schema', r.nspname, 'name', r.relname, 'kind', r.relkind,
    'visible', r.visible,
    'columns', (SELECT jsonb_agg(jsonb_build_object(
        'number', a.attnum, 'name', a.attname, 'computed', a.attgenerated <> '',
        'counted', a.attidentity <> '' OR
          coalesce(pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', false)) ORDER BY a.attnum)
      FROM pg_attribute a
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped),
    'uniques', (SELECT jsonb_agg(jsonb_build_object('primary', i.indisprimary,
        'columns', to_jsonb((i.indkey::int2[])[0:i.indnkeyatts - 1])) ORDER BY i.indexrelid)
      FROM pg_index i WHERE i.indrelid = r.oid AND i.indisunique
        AND i.indpred IS NULL AND i.indexprs IS NULL),
    'hooks', (SELECT jsonb_agg(hook ORDER BY hook) FROM (
        SELECT {firing}'TRIGGER ' || quote_ident(tgname) AS hook
        FROM (SELECT tgname, tgenabled AS enabled FROM pg_trigger
          WHERE tgrelid = r.oid AND NOT tgisinternal AND tgenabled <> 'D') triggers
        UNION ALL
        SELECT {firing}'RULE ' || quote_ident(rulename)
        FROM (SELECT rulename, ev_enabled AS enabled FROM pg_rewrite
          WHERE ev_class = r.oid AND r.relkind IN ('r', 'p') AND ev_enabled <> 'D') rules
      ) hooks),
    'owner', (SELECT d.refobjid::int8 FROM pg_depend d
      WHERE r.relkind = 'S' AND d.classid = 'pg_class'::regclass AND d.objid = r.oid
        AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') LIMIT 1)
    ) ORDER BY r.nspname, r.relname) FROM relations r),
  'keys', (SELECT jsonb_agg(jsonb_build_object(
      'child', conrelid::int8, 'parent', confrelid::int8,
      'acts', confdeltype NOT IN ('a', 'r') OR confupdtype NOT IN ('a', 'r'),
      'columns', conkey, 'targets', confkey) ORDER BY oid) FROM pg_constraint WHERE contype = 'f'),
  'heirs', (SELECT jsonb_agg(jsonb_build_array(inhrelid::int8, inhparent::int8)) FROM pg_inherits)
)
"""


@dataclass(frozen=True, slots=True)
class Relation:
    """A table with all that is needed to save and restore it.

    ``plain`` are the columns that can be written, ``hooks`` the triggers and rules that would
    answer to that as ``ALTER TABLE … ENABLE`` names them, ``holds`` is false for a partitioned
    table, whose rows are its partitions'.
    """

    oid: int
    schema: str
    table: Table
    plain: tuple[str, ...]
    hooks: tuple[str, ...]
    holds: bool
    bare: str

    @property
    def sql(self) -> str:
        return identifier(self.schema, self.bare)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A sequence; ``owner`` is the oid of the table whose column it counts, if any."""

    schema: str
    name: str
    owner: int | None

    @property
    def sql(self) -> str:
        return identifier(self.schema, self.name)


@dataclass(frozen=True, slots=True)
class Catalog:
    """All tables by name (qualified when the search path does not show them)."""

    relations: Mapping[str, Relation]
    sequences: tuple[Sequence, ...]
    references: tuple[Reference, ...]
    views: frozenset[str]
    tables: Mapping[str, Table] = field(default_factory=dict)

    @classmethod
    def read(cls, line: Line) -> Catalog:
        """Ask for everything in one query."""
        own = ", ".join(f"'{name}'" for name in OWN_SCHEMAS)
        text = line.script(_QUERY.format(own=own, firing=_FIRING))[0][0]
        return _catalog(json.loads(text or "{}"))

    @property
    def persistent(self) -> bool:
        """Whether a trigger or rule fires in replicas too."""
        return any(
            hook.startswith(("ALWAYS ", "REPLICA "))
            for relation in self.relations.values()
            for hook in relation.hooks
        )

    @property
    def hooked(self) -> bool:
        """Whether a write to one table may run SQL of the user's that writes to any other."""
        return any(relation.hooks for relation in self.relations.values())

    def find(self, name: str) -> str | None:
        """The table that a statement calls ``name``; ``None`` for what is no table here."""
        last = name.rpartition(".")[2]
        for candidate in (name, name.lower(), last, last.lower()):
            if candidate in self.relations:
                return candidate
        return next((one for one in self.relations if one.rpartition(".")[2] == last), None)

    def related(self, table: str) -> frozenset[str]:
        """See `State.related`; everything if there are triggers or rules, or for a view."""
        name = self.find(table)
        if name is None:
            is_view = table.rpartition(".")[2].lower() in self.views
            return frozenset(self.relations) if is_view else frozenset()
        if self.hooked:
            return frozenset(self.relations) - {name}
        return closure(name, self.references)

    def reach(self, touched: Collection[Item], *, wary: bool) -> list[str]:
        """The tables touched or related to one that was, sorted.

        ``wary`` takes a name that is no table here (a temporary table, a function) for *anything*.
        """
        names: set[str] = set()
        for item in touched:
            name = None if item.name is None else self.find(item.name)
            if name is None and (wary or item.name is None):
                if item.name is not None and _is_systems(item.name):
                    continue
                return sorted(self.relations)
            if item.name is not None:
                names |= self.related(item.name) | ({name} if name else set())
        return sorted(names)


def _is_systems(name: str) -> bool:
    return name.lower().startswith(("pg_", "information_schema."))


def _catalog(shape: Mapping[str, Any]) -> Catalog:
    all_of = shape.get("relations") or []
    held = [one for one in all_of if one["kind"] in {"r", "p"} and one["columns"]]
    names = {one["oid"]: _name(one) for one in held}
    columns = {one["oid"]: {c["number"]: c["name"] for c in one["columns"]} for one in held}
    keys = [
        key for key in shape.get("keys") or [] if key["child"] in names and key["parent"] in names
    ]
    foreign: dict[int, list[tuple[str, tuple[str, str]]]] = {}
    for key in keys:
        child, parent = key["child"], key["parent"]
        for mine, its in zip(key["columns"], key["targets"], strict=True):
            target = (names[parent], columns[parent][its])
            foreign.setdefault(child, []).append((columns[child][mine], target))
    relations = {
        names[one["oid"]]: _relation(one, names[one["oid"]], foreign.get(one["oid"], []))
        for one in held
    }
    return Catalog(
        relations=relations,
        sequences=tuple(
            Sequence(one["schema"], one["name"], one["owner"])
            for one in all_of
            if one["kind"] == "S"
        ),
        references=tuple(_references(shape, keys, names)),
        views=frozenset(one["name"] for one in all_of if one["kind"] in {"v", "m"}),
        tables={name: relation.table for name, relation in relations.items()},
    )


def _references(
    shape: Mapping[str, Any], keys: Collection[Any], names: Mapping[int, str]
) -> list[Reference]:
    found = [Reference(names[key["child"]], names[key["parent"]], key["acts"]) for key in keys]
    for heir, parent in shape.get("heirs") or []:
        if heir in names and parent in names:  # a row of the heir is a row of the parent
            found.append(Reference(names[heir], names[parent], acts=True))
            found.append(Reference(names[parent], names[heir], acts=True))
    return found


def _name(one: Mapping[str, Any]) -> str:
    return str(one["name"] if one["visible"] else f"{one['schema']}.{one['name']}")


def _relation(
    one: Mapping[str, Any], name: str, foreign: list[tuple[str, tuple[str, str]]]
) -> Relation:
    numbered = {column["number"]: column["name"] for column in one["columns"]}
    uniques = [
        (unique["primary"], tuple(numbered[number] for number in unique["columns"]))
        for unique in one["uniques"] or []
    ]
    return Relation(
        oid=one["oid"],
        schema=one["schema"],
        bare=one["name"],
        plain=tuple(column["name"] for column in one["columns"] if not column["computed"]),
        hooks=tuple(one["hooks"] or ()),
        holds=one["kind"] == "r",
        table=Table(
            name=name,
            columns=tuple(numbered.values()),
            key=next((columns for primary, columns in uniques if primary), ()),
            generated=tuple(
                column["name"]
                for column in one["columns"]
                if column["computed"] or column["counted"]
            ),
            references=tuple(foreign),
            unique=tuple(columns for primary, columns in uniques if not primary),
        ),
    )
