"""A small shop on Flask and Flask-SQLAlchemy in which nothing races: all is behind a guard."""
