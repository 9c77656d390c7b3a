from fastapi import FastAPI

app = FastAPI()
known: dict[str, int] = {}


@app.post("/devices/{name}")
async def register(name: str) -> dict[str, bool]:
    if name not in known:  # finds: TOC401
        await app.mail.send(name)
        known[name] = 1
        return {"first": True}
    return {"first": False}
