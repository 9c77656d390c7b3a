"""What is slow, and so is asked off the event loop: others run while a request waits here."""

from starlette.concurrency import run_in_threadpool


def _deliverable(email: str) -> bool:
    return not email.endswith(".invalid")


def _approved(n: int) -> bool:
    return n <= 10_000


def _sold(product: str) -> bool:
    return bool(product.strip())


def _rendered(number: int) -> str:
    return f"invoice {number:06}"


async def deliverable(email: str) -> bool:
    """Stands for a mail server."""
    return await run_in_threadpool(_deliverable, email)


async def approved(n: int) -> bool:
    """Stands for a bank."""
    return await run_in_threadpool(_approved, n)


async def sold(product: str) -> bool:
    """Stands for a catalogue."""
    return await run_in_threadpool(_sold, product)


async def rendered(number: int) -> str:
    """Stands for a printer."""
    return await run_in_threadpool(_rendered, number)
