"""Which function does what an act of the tables says."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tocsin.static.interpret import flow, queries, responses, rows, serializers, transactions
from tocsin.static.interpret.calls import Invocation
from tocsin.static.interpret.frame import Frame
from tocsin.static.value import Value
from tocsin.stores.calls.base import Act

ACTS: Mapping[Act, Callable[[Frame, Invocation], Value]] = {
    Act.MAKE: flow.make,
    Act.SAME: flow.same,
    Act.LOAD: flow.load,
    Act.PURE: flow.pure,
    Act.ATTRIBUTE: flow.same,
    Act.SELECT: queries.start,
    Act.UPDATE: queries.start,
    Act.DELETE: queries.start,
    Act.INSERT: queries.start,
    Act.WHERE: queries.where,
    Act.EXCLUDE: queries.exclude,
    Act.VALUES: queries.values,
    Act.COLUMNS: queries.columns,
    Act.FROM: queries.from_,
    Act.LOCK: queries.lock,
    Act.OPTION: queries.option,
    Act.AGGREGATE: flow.aggregate,
    Act.RELATIVE: flow.relative,
    Act.EXISTS: queries.exists,
    Act.RUN: queries.run_subject,
    Act.GET: queries.get,
    Act.FETCH: queries.fetch,
    Act.CHANGE: queries.change,
    Act.REMOVE: queries.remove,
    Act.CREATE: rows.create,
    Act.GET_OR_CREATE: rows.get_or_create,
    Act.UPDATE_OR_CREATE: rows.get_or_create,
    Act.ADD: rows.add,
    Act.SAVE: rows.save,
    Act.DROP: rows.drop,
    Act.SERIALIZER: serializers.serializer,
    Act.VALIDATE: serializers.validate,
    Act.SERIALIZED: serializers.save,
    Act.OBJECT: serializers.queryset,
    Act.PERMISSION: rows.permission,
    Act.IDENTITY: flow.same,
    Act.REFRESH: rows.refresh,
    Act.SQL: flow.unknown_sql,
    Act.TRANSACTION: transactions.begin,
    Act.SAVEPOINT: transactions.begin,
    Act.COMMIT: transactions.commit,
    Act.ROLLBACK: transactions.commit,
    Act.FLUSH: transactions.commit,
    Act.ISOLATE: transactions.isolate,
    Act.SESSION: flow.make,
    Act.HOLD: transactions.acquire,
    Act.ACQUIRE: transactions.acquire,
    Act.RELEASE: transactions.release,
    Act.ABORT: flow.abort,
    Act.AWAIT: flow.wait,
    Act.SPAWN: flow.spawn,
    Act.LATER: flow.spawn,
    Act.THREAD: flow.thread,
    Act.HANDLE: responses.handled,
    Act.LOOK: flow.look_at,
    Act.PUT: flow.put_into,
    Act.TAKE: flow.take,
}
