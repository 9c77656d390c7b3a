"""A pumped coroutine behaves as any other, and can be stopped in the middle of synchronous code."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import Any

import pytest
from greenlet import getcurrent, greenlet

from tocsin.explore.drivers.pump import pump
from tocsin.explore.strand import Parking, Strand

colour: ContextVar[str] = ContextVar("colour", default="white")


class Pumped:
    """One coroutine under a pump, and what became of its stops."""

    def __init__(self) -> None:
        self.strand = Strand("A", run=None)
        self.parkings: list[Parking] = []
        self.woken = 0

    async def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        self.strand.loop_thread = None
        return await pump(work, self.strand, self._woken)

    def stop(self) -> None:
        """What an instrument does: stand here, in synchronous code, until let go."""
        assert self.strand.park is not None
        parking = self.strand.park()
        self.parkings.append(parking)
        parking.wait()

    def _woken(self) -> None:
        self.woken += 1


@pytest.fixture
def pumped() -> Pumped:
    return Pumped()


async def turns(count: int = 3) -> None:
    """Let everything go on that can."""
    for _ in range(count):
        await asyncio.sleep(0)


def test_what_it_returns_is_returned(pumped: Pumped) -> None:
    async def work() -> int:
        await asyncio.sleep(0)
        return 7

    assert asyncio.run(pumped.run(work())) == 7
    assert pumped.woken == 1


def test_what_it_raises_is_raised(pumped: Pumped) -> None:
    async def work() -> None:
        await asyncio.sleep(0)
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        asyncio.run(pumped.run(work()))


def test_what_it_awaits_may_raise(pumped: Pumped) -> None:
    async def work() -> str:
        future = asyncio.get_running_loop().create_future()
        future.set_exception(LookupError("gone"))
        try:
            await future
        except LookupError as error:
            return str(error)
        return "nothing"

    assert asyncio.run(pumped.run(work())) == "gone"


def test_others_go_on_while_it_is_stopped_in_synchronous_code(pumped: Pumped) -> None:
    told: list[str] = []

    async def work() -> None:
        told.append("before")
        pumped.stop()
        told.append("after")

    async def main() -> None:
        task = asyncio.create_task(pumped.run(work()))
        await turns()
        told.append("another")
        pumped.parkings[0].release()
        await task

    asyncio.run(main())
    assert told == ["before", "another", "after"]


def test_two_are_stopped_at_once_and_let_go_in_any_order(pumped: Pumped) -> None:
    told: list[str] = []
    second = Pumped()

    async def work(name: str, mine: Pumped) -> None:
        mine.stop()
        await asyncio.sleep(0)
        told.append(name)

    async def main() -> None:
        tasks = [
            asyncio.create_task(pumped.run(work("first", pumped))),
            asyncio.create_task(second.run(work("second", second))),
        ]
        await turns()
        second.parkings[0].release()
        await tasks[1]
        pumped.parkings[0].release()
        await tasks[0]

    asyncio.run(main())
    assert told == ["second", "first"]


def test_it_is_let_go_from_another_thread(pumped: Pumped) -> None:
    async def work() -> str:
        pumped.stop()
        return "gone on"

    async def main() -> object:
        task = asyncio.create_task(pumped.run(work()))
        await turns()
        await asyncio.to_thread(pumped.parkings[0].release)
        return await task

    assert asyncio.run(main()) == "gone on"


def test_to_be_let_go_before_it_waits_is_not_to_wait(pumped: Pumped) -> None:
    async def work() -> str:
        assert pumped.strand.park is not None
        parking = pumped.strand.park()
        parking.release()
        parking.release()
        parking.wait()
        return "gone on"

    assert asyncio.run(pumped.run(work())) == "gone on"


def test_an_exception_after_a_stop_is_its_own(pumped: Pumped) -> None:
    async def work() -> str:
        try:
            pumped.stop()
            {}["gone"]
        except KeyError as error:
            return str(error)

    async def main() -> object:
        task = asyncio.create_task(pumped.run(work()))
        await turns()
        pumped.parkings[0].release()
        return await task

    assert asyncio.run(main()) == "'gone'"


def test_cancellation_reaches_it_where_it_awaits(pumped: Pumped) -> None:
    told: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            told.append("cancelled")
            raise
        finally:
            told.append("cleaned up")

    async def main() -> None:
        task = asyncio.create_task(pumped.run(work()))
        await turns()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert told == ["cancelled", "cleaned up"]


def test_it_may_refuse_to_be_cancelled(pumped: Pumped) -> None:
    async def work() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "stayed"
        return "never"

    async def main() -> object:
        task = asyncio.create_task(pumped.run(work()))
        await turns()
        task.cancel()
        return await task

    assert asyncio.run(main()) == "stayed"


def test_timeouts_work(pumped: Pumped) -> None:
    async def work() -> str:
        try:
            async with asyncio.timeout(0):
                await asyncio.Event().wait()
        except TimeoutError:
            return "too late"
        return "never"

    assert asyncio.run(pumped.run(work())) == "too late"


def test_cancellation_while_it_is_stopped_is_for_its_next_await(pumped: Pumped) -> None:
    """Synchronous code cannot be cancelled: it always runs to its next await."""
    told: list[str] = []

    async def work() -> None:
        try:
            pumped.stop()
            told.append("went on")
            await asyncio.sleep(0)
            told.append("never")
        except asyncio.CancelledError:
            told.append("cancelled")
            raise

    async def main() -> None:
        task = asyncio.create_task(pumped.run(work()))
        await turns()
        task.cancel()
        await turns()
        pumped.parkings[0].release()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert told == ["went on", "cancelled"]


def test_context_variables_are_its_task_s(pumped: Pumped) -> None:
    second = Pumped()

    async def work(mine: Pumped, name: str) -> str:
        colour.set(name)
        mine.stop()
        seen = colour.get()
        await asyncio.sleep(0)
        return f"{seen} {colour.get()}"

    async def main() -> list[str]:
        tasks = [
            asyncio.create_task(pumped.run(work(pumped, "red"))),
            asyncio.create_task(second.run(work(second, "blue"))),
        ]
        await turns()
        for each in (second, pumped):
            each.parkings[0].release()
        found = await asyncio.gather(*tasks)
        return [*found, colour.get()]

    assert asyncio.run(main()) == ["red red", "blue blue", "white"]


def in_a_greenlet(function: Callable[[], Any]) -> Any:
    """Call it as SQLAlchemy's asyncio extension does: in a greenlet of its own."""
    inner = greenlet(function)
    inner.gr_context = getcurrent().gr_context
    return inner.switch()


def test_it_is_stopped_in_a_greenlet_of_a_library(pumped: Pumped) -> None:
    told: list[str] = []

    def execute() -> str:
        pumped.stop()
        told.append("executed")
        return "rows"

    async def work() -> Any:
        return in_a_greenlet(execute)

    async def main() -> object:
        task = asyncio.create_task(pumped.run(work()))
        await turns()
        told.append("another")
        pumped.parkings[0].release()
        return await task

    assert asyncio.run(main()) == "rows"
    assert told == ["another", "executed"]


def test_sqlalchemy_s_asyncio_extension(pumped: Pumped) -> None:
    """Its driver's await is below the greenlet that stops: both come back where they belong."""
    sqlalchemy_util = pytest.importorskip("sqlalchemy.util")

    def query() -> str:
        pumped.stop()
        sqlalchemy_util.await_only(asyncio.sleep(0))
        pumped.stop()
        return "rows"

    async def work() -> Any:
        return await sqlalchemy_util.greenlet_spawn(query)

    async def main() -> object:
        task = asyncio.create_task(pumped.run(work()))
        for number in range(2):
            await turns()
            pumped.parkings[number].release()
        return await task

    assert asyncio.run(main()) == "rows"
    assert len(pumped.parkings) == 2


def test_what_it_awaits_is_known_while_it_awaits(pumped: Pumped) -> None:
    async def main() -> tuple[bool, bool, bool]:
        gate = asyncio.Event()
        task = asyncio.create_task(pumped.run(gate.wait()))
        await turns()
        awaiting = pumped.strand.awaiting
        assert awaiting is not None
        before = awaiting()
        gate.set()
        after = awaiting()
        await task
        return before, after, pumped.strand.awaiting is None

    assert asyncio.run(main()) == (False, True, True)
