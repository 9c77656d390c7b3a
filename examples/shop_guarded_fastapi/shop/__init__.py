"""A small shop on FastAPI and SQLAlchemy in which nothing races: everything is behind a guard."""
