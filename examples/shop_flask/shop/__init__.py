"""A small shop on Flask and Flask-SQLAlchemy: endpoints that race, each beside its safe twin."""
