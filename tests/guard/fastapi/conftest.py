from tests.guard.sqlalchemy.conftest import async_sessions, engine, sessions

__all__ = ["async_sessions", "engine", "sessions"]
