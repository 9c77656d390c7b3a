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
    if seats[name] < 1:  # finds: TOC402
        raise HTTPException(409)
    app.log(name)
    seats[name] = 0
