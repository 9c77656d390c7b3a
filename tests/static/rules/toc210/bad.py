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
    with threading.Lock():
        left = seats[name]  # finds: TOC210
        if left < 1:
            raise HTTPException(409)
        app.log(name)
        seats[name] = left - 1
