"""Peewee 3: models, which are their own tables of queries, statements, rows and transactions.

Source: docs.peewee-orm.com/en/latest/peewee/api.html.
"""

from __future__ import annotations

from tocsin.stores.calls.base import LOCK_TYPE, Act, Call, Library, rows

QUERY = "peewee.Query"
"""A model's class and a statement on its way alike: both are what methods are called on."""

_DATABASE = "peewee.Database"
_DATABASES = (
    "peewee.Database peewee.SqliteDatabase peewee.PostgresqlDatabase peewee.MySQLDatabase"
    " peewee.CockroachDatabase peewee.DatabaseProxy playhouse.pool.PooledDatabase"
    " playhouse.pool.PooledMySQLDatabase playhouse.pool.PooledPostgresqlDatabase"
    " playhouse.pool.PooledSqliteDatabase playhouse.pool.PooledPostgresqlExtDatabase"
    " playhouse.postgres_ext.PostgresqlExtDatabase playhouse.sqlite_ext.SqliteExtDatabase"
    " playhouse.db_url.connect"
).split()

LIBRARY = Library(
    name="peewee",
    calls=(
        *rows(Act.COLUMNS, QUERY, "select", gives="="),
        *rows(Act.UPDATE, QUERY, "update"),
        *rows(Act.DELETE, QUERY, "delete"),
        *rows(Act.INSERT, QUERY, "insert insert_many"),
        *rows(Act.INSERT, QUERY, "replace replace_many", word="upsert"),
        *rows(Act.WHERE, QUERY, "where orwhere filter having", gives="="),
        *rows(
            Act.SAME,
            QUERY,
            "order_by limit offset paginate distinct group_by join join_from switch alias dicts"
            " tuples namedtuples objects from_ union returning iterator prefetch with_cte",
            gives="=",
        ),
        Call(f"{QUERY}.for_update", Act.LOCK, "=", word="update"),
        *rows(
            Act.OPTION,
            QUERY,
            "on_conflict on_conflict_ignore on_conflict_replace",
            gives="=",
            word="upsert",
        ),
        *rows(Act.RUN, QUERY, "execute", shape="rows"),
        *rows(Act.FETCH, QUERY, "get get_or_none first peek", shape="row"),
        *rows(Act.FETCH, QUERY, "get_by_id", shape="row", word="key"),
        *rows(Act.FETCH, QUERY, "scalar", shape="value"),
        *rows(Act.FETCH, QUERY, "count", shape="count"),
        *rows(Act.FETCH, QUERY, "exists", shape="exists"),
        *rows(Act.CREATE, QUERY, "create"),
        *rows(Act.GET_OR_CREATE, QUERY, "get_or_create"),
        *rows(Act.ADD, QUERY, "bulk_create", subject=0),
        *rows(Act.SAVE, "peewee.Row", "save"),
        *rows(Act.REMOVE, "peewee.Row", "delete_instance"),
        *(
            row
            for name in (*_DATABASES, _DATABASE)
            for row in (
                Call(name, Act.MAKE, _DATABASE),
                Call(f"{name}.atomic", Act.TRANSACTION, shape=LOCK_TYPE),
                Call(f"{name}.transaction", Act.TRANSACTION, shape=LOCK_TYPE),
                Call(f"{name}.savepoint", Act.SAVEPOINT),
                Call(f"{name}.execute_sql", Act.RUN, subject=0, shape="rows"),
                *rows(Act.SAME, name, "connection_context bind_ctx manual_commit"),
                Call(f"{name}.commit", Act.COMMIT),
                Call(f"{name}.rollback", Act.ROLLBACK),
            )
        ),
        *rows(Act.RELATIVE, "", "peewee.SQL peewee.Value"),
        *rows(Act.AGGREGATE, "", "peewee.fn.*"),
    ),
    types=dict.fromkeys(_DATABASES, _DATABASE),
    mapped=("peewee.Model", "playhouse.signals.Model", "playhouse.flask_utils.FlaskDB.Model"),
)
