"""A small shop on Flask and Flask-SQLAlchemy: endpoints that race, each beside one that does not."""
