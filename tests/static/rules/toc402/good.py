import threading

from fastapi import FastAPI, HTTPException

app = FastAPI()
seats: dict[str, int] = {}
lock = threading.Lock()


async def paid(n: int) -> bool:
    await app.bank.ask(n)
    return True


@app.post("/seats/{name}")
def take(name: str) -> None:
    if seats.pop(name, None) is None:
        raise HTTPException(404)
