from fastapi import FastAPI, HTTPException

app = FastAPI()
running: set[str] = set()
tokens: dict[str, str] = {}


@app.post("/jobs/{key}")
async def run(key: str) -> None:
    if key in running:  # finds: TOC401
        raise HTTPException(409)
    await app.worker.prepare(key)
    running.add(key)
    try:
        await app.worker.run(key)
    finally:
        running.discard(key)


@app.post("/tokens/{key}")
async def spend(key: str) -> None:
    """Who finds it is let on: that it is written once more keeps nobody out."""
    if key not in tokens:  # finds: TOC401
        raise HTTPException(404)
    tokens[key] = "seen"
    await app.worker.run(key)
    del tokens[key]
