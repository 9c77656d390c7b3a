"""A run made by hand: two cancels of one order, as PostgreSQL gives them."""

from __future__ import annotations

from tocsin.model.access import Access, Item, Mode
from tocsin.model.anomaly import Anomaly, Edge, Name, Phenomenon
from tocsin.model.event import (
    Event,
    FindingRaised,
    Noted,
    OperationSeen,
    PermissionSeen,
    Planned,
    RunFinished,
    RunStarted,
    UnitFinished,
)
from tocsin.model.finding import Evidence, Finding, Outcome, SerialOutcome, Witness
from tocsin.model.history import History, Op, OpKind
from tocsin.model.http import Request
from tocsin.model.location import Location
from tocsin.model.schedule import Mark, Schedule, Segment
from tocsin.model.verdict import (
    Level,
    OperationResult,
    PairResult,
    Permission,
    RequestRef,
    Severity,
    Verdict,
)
from tocsin.report.remediation import Orm, remediation

ENDPOINT = "POST /orders/{order_id}/cancel"
STORE = "postgresql:shop"
CHECK = Location("shop/orders.py", 41, "cancel", 'if order.status != "pending":')
USE = Location("shop/orders.py", 44, "cancel", "await session.commit()")
SELECT = (
    "SELECT orders.id, orders.owner_id, orders.amount, orders.status FROM orders "
    "WHERE orders.id = 1"
)
UPDATE = "UPDATE orders SET status='cancelled' WHERE orders.id = 1"
INSERT = "INSERT INTO refunds (order_id, amount) VALUES (1, 40) RETURNING refunds.id"


def request(name: str) -> Request:
    return Request(
        name,
        ENDPOINT,
        "POST",
        "/orders/1/cancel",
        query=(("reason", "late"),),
        headers=(("authorization", "Basic c2VjcmV0"), ("accept", "*/*")),
        body=b'{"note": "wonderland"}',
        identity="alice",
    )


def _read(table: str, key: int) -> Access:
    return Access(Item(STORE, table, (("id", frozenset({key})),)), Mode.READ, "select")


def _write(table: str, verb: str) -> Access:
    return Access(Item(STORE, table), Mode.WRITE, verb)


def _request_ops(task: str) -> list[tuple[OpKind, str, tuple[Access, ...], Location | None]]:
    users = f"SELECT users.id, users.name FROM users WHERE users.name = 'alice' /* {task} */"
    return [
        (OpKind.START, "", (), None),
        *[(OpKind.STATEMENT, users, (_read("users", 1),), None)] * 3,
        (OpKind.STATEMENT, SELECT, (_read("orders", 1),), CHECK),
        (OpKind.STATEMENT, UPDATE, (_write("orders", "update"),), USE),
        (OpKind.STATEMENT, INSERT, (_write("refunds", "insert"),), USE),
        (OpKind.COMMIT, "COMMIT", (), None),
        (OpKind.RESPOND, "", (), None),
        (OpKind.FINISH, "", (), None),
    ]


def history() -> History:
    """A stops after its check, B runs to its end, A goes on."""
    first, second = _request_ops("A"), _request_ops("B")
    order = [("A", op) for op in first[:5]] + [("B", op) for op in second]
    order += [("A", op) for op in first[5:]]
    return History(
        tuple(
            Op(index, task, kind, text, accesses, place, f"{task}.1", store=STORE, rows=1)
            for index, (task, (kind, text, accesses, place)) in enumerate(order)
        )
    )


def outcome(first: int, second: int, refunds: int) -> Outcome:
    rows = ", ".join(f'{{"id": {n}, "order_id": 1, "amount": 40}}' for n in range(1, refunds + 1))
    bodies = {200: '{"status":"cancelled"}', 409: '{"detail":"not pending"}'}
    return Outcome(
        (("A", first, bodies[first]), ("B", second, bodies[second])),
        (
            (f"{STORE}/orders", '[{"id": 1, "status": "cancelled"}]'),
            (f"{STORE}/refunds", f"[{rows}]"),
        ),
    )


def witness() -> Witness:
    return Witness(
        requests=(request("A"), request("B")),
        schedule=Schedule(
            (Segment("A", Mark("UPDATE orders SET status=?")), Segment("B"), Segment("A"))
        ),
        history=history(),
        serial=(
            SerialOutcome(("A", "B"), outcome(200, 409, 1)),
            SerialOutcome(("B", "A"), outcome(409, 200, 1)),
        ),
        observed=outcome(200, 200, 2),
        anomaly=Anomaly(
            Name.DOUBLE_SUBMIT,
            Phenomenon.LOST_UPDATE,
            victim="A",
            other="B",
            check=4,
            between=10,
            use=15,
            edges=(Edge("A.1", "B.1", "rw", "orders[id=1]"), Edge("B.1", "A.1", "ww", "orders")),
            check_at=CHECK,
            use_at=USE,
            explanation=(
                "A read orders[id=1] while it was pending. B cancelled it and committed before A "
                "wrote. A then cancelled it again: in every serial order one of them is refused."
            ),
        ),
        replays=10,
    )


def finding(severity: Severity = Severity.HIGH, level: Level = Level.PROVEN) -> Finding:
    refs = (RequestRef(ENDPOINT, "alice", "A"), RequestRef(ENDPOINT, "alice", "B"))
    return Finding(
        rule="TOC201",
        title="an order is cancelled twice",
        description="Two parallel cancels both succeed: the refund is paid twice.",
        category="Business flow",
        severity=severity,
        confidence="certain",
        endpoint=ENDPOINT,
        framework="fastapi",
        anomaly=Name.DOUBLE_SUBMIT.value,
        requests=refs,
        evidence=Evidence(level, witness() if level is Level.PROVEN else None),
        remediation=remediation(Name.DOUBLE_SUBMIT, Orm.SQLALCHEMY_ASYNC),
        fingerprint="3f9a5c1e",
        check=CHECK,
        use=USE,
        code_snippet='if order.status != "pending":',
        owasp="API6:2023",
        witness_path=".tocsin/witnesses/3f9a5c1e.json",
    )


def events() -> list[Event]:
    cancel = RequestRef(ENDPOINT, "alice", "A")
    safe = RequestRef("POST /safe/orders/{order_id}/cancel", "alice", "A")
    promote = RequestRef("POST /users/{user_id}/promote", "admin", "A")
    legacy = RequestRef("POST /legacy", "alice", "A")
    return [
        RunStarted("explore", "shop.main:app", "fastapi", (STORE,)),
        Planned(4),
        OperationSeen(OperationResult(ENDPOINT, "alice", "exercised")),
        OperationSeen(
            OperationResult("PUT /items/{item_id}", "alice", "skipped", "no value for item_id")
        ),
        PermissionSeen(Permission(ENDPOINT, "alice", allowed=True, status=200)),
        PermissionSeen(Permission("POST /users/{user_id}/promote", "alice", False, 403)),
        FindingRaised(finding()),
        UnitFinished(
            PairResult((cancel, cancel), Verdict.VIOLATED, 9, "≤ 2 preemptions", "", 0.2, ("3f9a",))
        ),
        UnitFinished(PairResult((safe, safe), Verdict.HOLDS, 14, "≤ 2 preemptions")),
        UnitFinished(
            PairResult((cancel, promote), Verdict.INCONCLUSIVE, 3, "", "POST /x hung for 10 s")
        ),
        UnitFinished(
            PairResult((legacy, legacy), Verdict.NOT_CONTROLLED, 0, "", "pymysql is not known")
        ),
        Noted("GET /now differs from run to run: the field `at` is masked."),
        RunFinished("explore", "shop.main:app", 1.234, 26),
    ]
