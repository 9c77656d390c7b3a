import threading

from fastapi import FastAPI

app = FastAPI()
seats: dict[str, int] = {}
lock = threading.Lock()


async def paid(n: int) -> bool:
    await app.bank.ask(n)
    return True


@app.get("/seats/{name}")
async def cached(name: str) -> int:
    if name not in seats:
        await paid(1)
        seats[name] = 10
    return seats[name]
