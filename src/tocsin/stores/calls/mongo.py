"""MongoDB: PyMongo, Motor, and Beanie's documents on top of them.

One operation on one document is atomic: what its filter states again is checked and changed in one.

Sources: pymongo.readthedocs.io, "Collection" and "ClientSession"; motor.readthedocs.io;
beanie-odm.dev, "Finding", "Updating & Deleting" and "Revision"; www.mongodb.com/docs/manual,
"Atomicity and Transactions".
"""

from __future__ import annotations

from tocsin.stores.calls.base import Act, Call, Library, rows

KIND = "mongo"
"""The kind of models that are collections."""

COLLECTION = "mongo.Collection"
_DATABASE = "mongo.Database"
_CLIENT = "mongo.Client"
_SESSION = "mongo.Session"
_DOCUMENT = "mongo.Row"
_QUERY, _CLASS, _ROW = "beanie.QuerySet", "beanie.Model", "beanie.Row"

SNAPSHOT = "REPEATABLE READ"
"""What a transaction of MongoDB is: it refuses to write over what has changed since it began."""

_CLIENTS = (
    "pymongo.MongoClient pymongo.mongo_client.MongoClient pymongo.AsyncMongoClient"
    " motor.motor_asyncio.AsyncIOMotorClient motor.motor_tornado.MotorClient"
).split()
_DATABASES = (
    "pymongo.database.Database pymongo.asynchronous.database.AsyncDatabase"
    " motor.motor_asyncio.AsyncIOMotorDatabase motor.core.AgnosticDatabase"
).split()
_COLLECTIONS = (
    "pymongo.collection.Collection pymongo.asynchronous.collection.AsyncCollection"
    " motor.motor_asyncio.AsyncIOMotorCollection motor.core.AgnosticCollection"
).split()

_NAMES = (
    Call(f"{_CLIENT}.start_session", Act.MAKE, _SESSION),
    *rows(Act.MAKE, _CLIENT, "get_database get_default_database", gives=_DATABASE, word="named"),
    *rows(Act.PURE, _CLIENT, "close admin list_database_names"),
    Call(f"{_CLIENT}.*", Act.ATTRIBUTE, _DATABASE),
    Call(f"{_DATABASE}.get_collection", Act.MAKE, COLLECTION, word="named"),
    Call(f"{_DATABASE}.client", Act.ATTRIBUTE, _CLIENT),
    *rows(Act.PURE, _DATABASE, "command list_collection_names create_collection"),
    Call(f"{_DATABASE}.*", Act.ATTRIBUTE, COLLECTION),
)

_OPERATIONS = (
    *rows(Act.FIND, COLLECTION, "find_one find_raw_batches", shape="row"),
    *rows(Act.FIND, COLLECTION, "find", shape="rows"),
    *rows(Act.FIND, COLLECTION, "count_documents count", shape="count"),
    *rows(Act.MODIFY, COLLECTION, "update_one update_many update", word="update"),
    *rows(Act.MODIFY, COLLECTION, "replace_one", word="replace"),
    *rows(Act.MODIFY, COLLECTION, "delete_one delete_many remove", word="delete"),
    *rows(
        Act.MODIFY, COLLECTION, "find_one_and_update find_and_modify", word="update", shape="row"
    ),
    *rows(Act.MODIFY, COLLECTION, "find_one_and_replace", word="replace", shape="row"),
    *rows(Act.MODIFY, COLLECTION, "find_one_and_delete", word="delete", shape="row"),
    *rows(Act.STORE, COLLECTION, "insert_one insert_many insert", subject=0),
    *rows(Act.PURE, COLLECTION, "create_index create_indexes index_information with_options"),
    Call(f"{COLLECTION}.database", Act.ATTRIBUTE, _DATABASE),
    # A cursor is what it finds; a document is its fields.
    *rows(Act.SAME, _DOCUMENT, "sort limit skip to_list batch_size copy", gives="="),
    Call(f"{_DOCUMENT}.get", Act.COLUMN),
)

_BEANIE = (
    *rows(Act.WHERE, _QUERY, "find find_one find_many find_all", gives="="),
    *rows(Act.SAME, _QUERY, "sort limit skip project aggregate", gives="="),
    *rows(Act.FETCH, _QUERY, "first_or_none", shape="row"),
    *rows(Act.FETCH, _QUERY, "to_list", shape="rows"),
    *rows(Act.FETCH, _QUERY, "count", shape="count"),
    *rows(Act.FETCH, _QUERY, "exists", shape="exists"),
    *rows(Act.MODIFY, _QUERY, "update update_one update_many update_all", word="update"),
    *rows(Act.MODIFY, _QUERY, "set", word="set"),
    *rows(Act.MODIFY, _QUERY, "inc", word="inc"),
    *rows(Act.REMOVE, _QUERY, "delete delete_one delete_many delete_all"),
    Call(f"{_CLASS}.get", Act.GET),
    *rows(Act.ADD, _CLASS, "insert_one insert_many", subject=0),
    *rows(Act.PURE, _CLASS, "get_motor_collection get_pymongo_collection get_settings"),
    *rows(Act.MODIFY, _ROW, "update", word="update"),
    *rows(Act.MODIFY, _ROW, "set", word="set"),
    *rows(Act.MODIFY, _ROW, "inc", word="inc"),
    *rows(Act.SAVE, _ROW, "save replace insert create"),
    *rows(Act.SAVE, _ROW, "save_changes", word="changes"),
    *rows(Act.REMOVE, _ROW, "delete"),
    *rows(Act.REFRESH, _ROW, "sync"),
    *rows(Act.PURE, _ROW, "fetch_all_links fetch_link model_dump dict"),
)

_OPERATORS = tuple(
    Call(f"beanie.{path}.{name}", Act.OPERATOR, subject=0, word=f"${name[0].lower()}{name[1:]}")
    for path in ("operators", "odm.operators.update.general", "odm.operators.update.array")
    for name in "Set SetOnInsert Unset Inc Mul Min Max Push Pull AddToSet Pop".split()
)

LIBRARY = Library(
    name="beanie",
    calls=(
        *_NAMES,
        *_OPERATIONS,
        *_BEANIE,
        *_OPERATORS,
        Call(f"{_SESSION}.start_transaction", Act.TRANSACTION, word=SNAPSHOT),
    ),
    types={
        **dict.fromkeys(_CLIENTS, _CLIENT),
        **dict.fromkeys(_DATABASES, _DATABASE),
        **dict.fromkeys(_COLLECTIONS, COLLECTION),
        "pymongo.client_session.ClientSession": _SESSION,
    },
    parents={_CLASS: _QUERY},
    mapped=("beanie.Document", "beanie.odm.documents.Document"),
)
