import threading

from fastapi import FastAPI, HTTPException

app = FastAPI()
seats: dict[str, int] = {}
lock = threading.Lock()


async def paid(n: int) -> bool:
    await app.bank.ask(n)
    return True


@app.post("/seats/{name}")
async def take(name: str) -> None:
    await paid(1)
    if seats[name] < 1:
        raise HTTPException(409)
    seats[name] -= 1
