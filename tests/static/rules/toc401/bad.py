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
    if seats[name] < 1:  # finds: TOC401
        raise HTTPException(409)
    await paid(1)
    seats[name] -= 1
