"""Database drivers: connections and cursors that run SQL as text, sync and async.

Sources: PEP 249; the references of sqlite3, psycopg, asyncpg, aiosqlite, aiomysql and databases.
"""

from __future__ import annotations

from tocsin.stores.calls.base import Act, Call, Library, rows

CONNECTION = "dbapi.Connection"
"""Connections, cursors and pools alike: a cursor's statements are its connection's."""

_TYPES = (
    "sqlite3.Connection sqlite3.Cursor sqlite3.dbapi2.Connection aiosqlite.Connection"
    " aiosqlite.Cursor aiosqlite.core.Connection psycopg.Connection psycopg.Cursor"
    " psycopg.AsyncConnection psycopg.AsyncCursor psycopg_pool.ConnectionPool"
    " psycopg_pool.AsyncConnectionPool psycopg2.extensions.connection psycopg2.extensions.cursor"
    " asyncpg.Connection asyncpg.Pool asyncpg.pool.Pool asyncpg.connection.Connection"
    " pymysql.connections.Connection pymysql.cursors.Cursor aiomysql.Connection aiomysql.Cursor"
    " aiomysql.Pool MySQLdb.connections.Connection mysql.connector.MySQLConnection"
    " databases.Database databases.core.Database databases.core.Connection"
).split()

_MAKERS = (
    "sqlite3.connect sqlite3.dbapi2.connect aiosqlite.connect psycopg.connect"
    " psycopg.Connection.connect psycopg.AsyncConnection.connect psycopg2.connect asyncpg.connect"
    " asyncpg.create_pool pymysql.connect aiomysql.connect aiomysql.create_pool MySQLdb.connect"
    " mysql.connector.connect"
)

TEXT = "sql text"
"""The type of a text that says what it would do, and has not been run."""

LIBRARY = Library(
    name="sql",
    calls=(
        *rows(
            Act.RUN,
            CONNECTION,
            "execute executemany executescript fetchall fetch_all fetchmany iterate cursor_execute",
            subject=0,
            shape="rows",
        ),
        *rows(Act.RUN, CONNECTION, "fetch", subject=0, shape="rows", word="spread"),
        *rows(Act.RUN, CONNECTION, "fetchrow", subject=0, shape="row", word="spread"),
        *rows(Act.RUN, CONNECTION, "fetchval", subject=0, shape="value", word="spread"),
        *rows(Act.RUN, CONNECTION, "fetchone fetch_one", subject=0, shape="row"),
        *rows(Act.RUN, CONNECTION, "fetch_val", subject=0, shape="value"),
        *rows(Act.SAME, CONNECTION, "cursor acquire connection getconn get_db"),
        *rows(Act.COMMIT, CONNECTION, "commit"),
        *rows(Act.ROLLBACK, CONNECTION, "rollback"),
        *rows(Act.TRANSACTION, CONNECTION, "transaction"),
        *rows(
            Act.ISOLATE, CONNECTION, "isolation_level set_isolation_level set_session", gives="="
        ),
        *rows(Act.MAKE, "", _MAKERS, gives=CONNECTION),
        *rows(
            Act.SAME,
            "sql.Row",
            "first one one_or_none all scalars scalar scalar_one scalar_one_or_none unique mappings"
            " fetchone fetchall fetchmany fetch_row keys values items _asdict dict",
            gives="=",
        ),
        *rows(Act.SAME, TEXT, "strip lstrip rstrip replace format encode lower upper translate"),
        Call("sql.Row._mapping", Act.ATTRIBUTE, "="),
    ),
    types=dict.fromkeys(_TYPES, CONNECTION),
)
