"""FastAPI, a dictionary, and an await."""

import asyncio

from fastapi import FastAPI, HTTPException

accounts: dict[int, int] = {}
app = FastAPI()


def reset() -> None:
    accounts[1] = 100


async def approved(n: int) -> bool:
    """What asks somebody else; here, the event loop."""
    await asyncio.sleep(0)
    return n < 1000


@app.post("/racy/withdraw")
async def withdraw(n: int) -> dict[str, int]:
    held = accounts[1]
    if held < n or not await approved(n):
        raise HTTPException(409, "not enough money")
    accounts[1] = held - n
    return {"paid": n}


@app.post("/fixed/withdraw")
async def withdraw_safely(n: int) -> dict[str, int]:
    if not await approved(n) or accounts[1] < n:
        raise HTTPException(409, "not enough money")
    accounts[1] -= n
    return {"paid": n}
