from fastapi import FastAPI
from pymongo import MongoClient

app = FastAPI()
shop = MongoClient().shop


@app.post("/things/{key}/take")
def take(key: str) -> None:
    thing = shop.things.find_one({"_id": key})  # finds: TOC202
    thing["left"] = thing["left"] - 1
    shop.things.replace_one({"_id": key}, thing)
