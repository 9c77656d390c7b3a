import aiosqlite
from fastapi import FastAPI, HTTPException

app = FastAPI()


@app.post("/polls/{poll}/vote")
async def vote(poll: int, me: str) -> None:
    async with aiosqlite.connect("polls.db") as db:
        asked = "SELECT 1 FROM votes WHERE poll = ? AND who = ?"
        async with db.execute(asked, (poll, me)) as found:  # finds: TOC205
            if await found.fetchone():
                raise HTTPException(409)
        await db.execute("INSERT INTO votes VALUES (?, ?)", (poll, me))
        await db.commit()
