"""SQLAlchemy 1.4 to 2.1, Core and ORM, sync and async; Flask-SQLAlchemy and SQLModel.

Sources: the reference of ``sqlalchemy.orm.Session``, ``sqlalchemy.sql.expression`` and
``sqlalchemy.engine.Result`` at docs.sqlalchemy.org/en/20.
"""

from __future__ import annotations

from tocsin.stores.calls.base import Act, Call, Library, rows

_STATEMENT = "sqlalchemy.Statement"
_SESSION = "sqlalchemy.Session"
QUERY = "sqlalchemy.Query"
"""Statement and answer in one; and a list of rows that point to another one."""
_FACTORY = "sqlalchemy.sessionmaker"
_FLASK = "flask_sqlalchemy.SQLAlchemy"

_TYPES = {
    **{
        f"sqlalchemy.{path}": _SESSION
        for path in (
            "orm.Session",
            "orm.session.Session",
            "orm.scoped_session",
            "orm.scoping.scoped_session",
            "ext.asyncio.AsyncSession",
            "ext.asyncio.session.AsyncSession",
            "ext.asyncio.async_scoped_session",
            "engine.Connection",
            "Connection",
            "ext.asyncio.AsyncConnection",
        )
    },
    "sqlmodel.Session": _SESSION,
    "sqlmodel.ext.asyncio.session.AsyncSession": _SESSION,
    "sqlalchemy.orm.sessionmaker": _FACTORY,
    "sqlalchemy.ext.asyncio.async_sessionmaker": _FACTORY,
    "sqlalchemy.orm.Query": QUERY,
    "sqlalchemy.orm.query.Query": QUERY,
    "sqlalchemy.Select": _STATEMENT,
    "sqlalchemy.sql.Select": _STATEMENT,
    "sqlalchemy.engine.Engine": "sqlalchemy.Engine",
    "sqlalchemy.Engine": "sqlalchemy.Engine",
    "sqlalchemy.ext.asyncio.AsyncEngine": "sqlalchemy.Engine",
    "flask_sqlalchemy.SQLAlchemy": _FLASK,
    "flask_sqlalchemy_lite.SQLAlchemy": _FLASK,
}

_STATEMENTS = tuple(
    Call(f"{module}.{name}", act, _STATEMENT, word=name)
    for module in ("sqlalchemy", "sqlalchemy.sql", "sqlalchemy.future", "sqlmodel")
    for name, act in (
        ("select", Act.SELECT),
        ("update", Act.UPDATE),
        ("delete", Act.DELETE),
        ("insert", Act.INSERT),
        ("exists", Act.EXISTS),
    )
) + tuple(
    Call(f"sqlalchemy.dialects.{dialect}.insert", Act.INSERT, _STATEMENT)
    for dialect in ("postgresql", "sqlite", "mysql")
)

_BUILDING = (
    *rows(Act.WHERE, _STATEMENT, "where filter filter_by", gives="="),
    *rows(Act.FROM, _STATEMENT, "select_from join outerjoin", gives="="),
    *rows(Act.VALUES, _STATEMENT, "values", gives="="),
    Call(f"{_STATEMENT}.with_for_update", Act.LOCK, "=", word="update"),
    Call(f"{_STATEMENT}.exists", Act.EXISTS, "="),
    Call(f"{_STATEMENT}.execution_options", Act.OPTION, "="),
    Call(f"{_STATEMENT}.with_only_columns", Act.COLUMNS, "="),
    *rows(
        Act.SAME,
        _STATEMENT,
        "order_by options limit offset returning distinct group_by having subquery cte alias"
        " scalar_subquery correlate params select as_scalar label union union_all prefix_with"
        " add_columns with_hint unique",
        gives="=",
    ),
    *rows(
        Act.OPTION,
        _STATEMENT,
        "on_conflict_do_nothing on_conflict_do_update on_duplicate_key_update",
        gives="=",
        word="upsert",
    ),
)

_SESSIONS = (
    *rows(Act.RUN, _SESSION, "execute scalars stream stream_scalars exec", subject=0, shape="rows"),
    *rows(Act.RUN, _SESSION, "scalar scalar_one", subject=0, shape="value"),
    *rows(Act.GET, _SESSION, "get get_one", subject=0),
    *rows(Act.ADD, _SESSION, "add add_all merge bulk_save_objects", subject=0),
    *rows(Act.DROP, _SESSION, "delete", subject=0),
    *rows(Act.REFRESH, _SESSION, "refresh", subject=0),
    *rows(Act.REFRESH, _SESSION, "expire", subject=0),
    *rows(Act.REFRESH, _SESSION, "expire_all expunge_all"),
    *rows(Act.COMMIT, _SESSION, "commit"),
    *rows(Act.ROLLBACK, _SESSION, "rollback close aclose remove"),
    *rows(Act.FLUSH, _SESSION, "flush"),
    *rows(Act.TRANSACTION, _SESSION, "begin"),
    *rows(Act.SAVEPOINT, _SESSION, "begin_nested"),
    *rows(Act.SAME, _SESSION, "expunge merge_all close_all connection in_transaction"),
    Call(f"{_SESSION}.connection", Act.ISOLATE),
    Call(f"{_SESSION}.execution_options", Act.ISOLATE, "="),
    Call(f"{_SESSION}.query", Act.SELECT, QUERY),
    Call(f"{_SESSION}.run_sync", Act.THREAD, subject=0, word="session"),
    Call(f"{_SESSION}.no_autoflush", Act.ATTRIBUTE, _SESSION),
    Call(f"{_FACTORY}.__call__", Act.MAKE, _SESSION),
    Call(f"{_FACTORY}.begin", Act.TRANSACTION, _SESSION),
    Call("sqlalchemy.orm.sessionmaker", Act.MAKE, _FACTORY),
    Call("sqlalchemy.orm.scoped_session", Act.MAKE, _SESSION),
    Call("sqlalchemy.create_engine", Act.MAKE, "sqlalchemy.Engine"),
    Call("sqlalchemy.ext.asyncio.create_async_engine", Act.MAKE, "sqlalchemy.Engine"),
    Call("sqlalchemy.Engine.connect", Act.MAKE, _SESSION),
    Call("sqlalchemy.Engine.begin", Act.TRANSACTION, _SESSION),
)

# The 1.x query, which is statement and answer in one.
_QUERIES = (
    *rows(Act.FETCH, QUERY, "first one one_or_none get", shape="row"),
    *rows(Act.FETCH, QUERY, "all __iter__ yield_per", shape="rows"),
    *rows(Act.FETCH, QUERY, "scalar", shape="value"),
    *rows(Act.FETCH, QUERY, "count", shape="count"),
    *rows(Act.FETCH, QUERY, "get_or_404 first_or_404 one_or_404", shape="row", word="404"),
    # A list of rows that point to another one: what is put into it is added, and points there too.
    *rows(Act.ADD, QUERY, "append add", subject=0, word="child"),
    Call(f"{QUERY}.update", Act.CHANGE),
    Call(f"{QUERY}.delete", Act.REMOVE),
    Call(f"{QUERY}.with_entities", Act.COLUMNS, "="),
    *rows(Act.OPTION, QUERY, "populate_existing", gives="=", word="populate_existing"),
)

# Results: rows and values, which stay what they are however they are taken out.
_TAKING = (
    "first one one_or_none all scalars scalar scalar_one scalar_one_or_none unique mappings"
    " fetchone fetchall fetchmany partitions tuples columns freeze yield_per _asdict"
)
_RESULTS = (
    *rows(Act.SAME, "sqlalchemy.Row", _TAKING, gives="="),
    *rows(Act.SAME, "sqlmodel.Row", _TAKING, gives="="),
    Call("sqlalchemy.Row._mapping", Act.ATTRIBUTE, "="),
    *rows(Act.SAME, "sqlalchemy.Result", _TAKING, gives="="),
)

_FLASK_CALLS = (
    Call(f"{_FLASK}.session", Act.ATTRIBUTE, _SESSION),
    Call(f"{_FLASK}.engine", Act.ATTRIBUTE, "sqlalchemy.Engine"),
    Call(f"{_FLASK}.get_or_404", Act.GET, subject=0, word="404"),
    *rows(Act.RUN, _FLASK, "first_or_404 one_or_404", subject=0, shape="row", word="404"),
    *rows(Act.MAKE, _FLASK, "init_app"),
)

_FUNCTIONS = tuple(
    f"{module}.{name}"
    for module in (
        "sqlalchemy.func",
        "sqlalchemy.sql.func",
        "sqlalchemy.orm.func",
        "sqlalchemy.sql.expression.func",
        "sqlmodel.func",
    )
    for name in ("lower", "upper", "trim", "btrim", "casefold")
)
"""Functions of one column that spell it in one way: a key stays a key."""

_EXPRESSIONS = (
    *rows(Act.SAME, "", " ".join(_FUNCTIONS), subject=0),
    *rows(Act.WHERE, "", "sqlalchemy.and_ sqlalchemy.sql.and_ sqlmodel.and_", word="and"),
    *rows(Act.EXCLUDE, "", "sqlalchemy.or_ sqlalchemy.sql.or_ sqlmodel.or_ sqlalchemy.not_"),
    *rows(Act.AGGREGATE, "", "sqlalchemy.func.* sqlalchemy.sql.func.* sqlalchemy.orm.func.*"),
    *rows(Act.AGGREGATE, "", "sqlmodel.func.* sqlalchemy.case sqlalchemy.sql.expression.func.*"),
    *rows(Act.SAME, "", "sqlalchemy.orm.aliased sqlalchemy.alias sqlmodel.col", subject=0),
    *rows(Act.SAME, "", "sqlalchemy.cast sqlalchemy.sql.cast sqlalchemy.distinct", subject=0),
    *rows(Act.SAME, "", "sqlalchemy.type_coerce sqlalchemy.literal", subject=0),
    *rows(Act.SQL, "", "sqlalchemy.text sqlalchemy.sql.text sqlmodel.text", subject=0),
    *(
        Call(f"sqlalchemy.orm.{name}", Act.BY_NAME, word="changed")
        for name in ("flag_modified", "attributes.flag_modified")
    ),
    *rows(Act.PURE, "", "sqlalchemy.inspect sqlalchemy.orm.attributes.get_history"),
)

LIBRARY = Library(
    name="sqlalchemy",
    calls=(
        *_STATEMENTS,
        *_BUILDING,
        *_SESSIONS,
        *_QUERIES,
        *_RESULTS,
        *_FLASK_CALLS,
        *_EXPRESSIONS,
    ),
    types=_TYPES,
    parents={QUERY: _STATEMENT},
    mapped=(
        "sqlalchemy.orm.DeclarativeBase",
        "sqlalchemy.orm.declarative_base",
        "sqlalchemy.orm.DeclarativeBaseNoMeta",
        "sqlalchemy.ext.declarative.declarative_base",
        "sqlalchemy.orm.decl_api.DeclarativeBase",
        "flask_sqlalchemy.SQLAlchemy.Model",
        "sqlmodel.SQLModel",
    ),
)
