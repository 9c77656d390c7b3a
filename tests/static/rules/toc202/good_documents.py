from fastapi import FastAPI, HTTPException
from pymongo import MongoClient

app = FastAPI()
shop = MongoClient().shop


@app.post("/things/{key}/take")
def take(key: str) -> None:
    thing = shop.things.find_one({"_id": key})
    seen = thing["version"]
    thing["left"] = thing["left"] - 1
    thing["version"] = seen + 1
    stored = shop.things.replace_one({"_id": key, "version": seen}, thing)
    if not stored.matched_count:
        raise HTTPException(409)
