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
    with lock:
        if seats[name] < 1:
            raise HTTPException(409)
        app.log(name)
        seats[name] = 0
