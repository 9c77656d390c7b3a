from fastapi import FastAPI, HTTPException

app = FastAPI()
running: set[str] = set()
started: dict[str, str] = {}


@app.post("/jobs/{key}")
async def run(key: str) -> None:
    if key in running:
        raise HTTPException(409)
    running.add(key)
    try:
        await app.worker.run(key)
    finally:
        running.discard(key)


@app.post("/starts/{key}")
async def start(key: str) -> None:
    if key in started:
        raise HTTPException(409)
    started[key] = "begun"
    await app.worker.run(key)
    started[key] = "done"
