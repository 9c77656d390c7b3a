"""A small shop on Django REST framework in which nothing races: everything is behind a guard."""
