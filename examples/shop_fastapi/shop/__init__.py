"""A small shop on FastAPI and SQLAlchemy: endpoints that race, each beside one that does not."""
