"""A small shop on Django REST framework: endpoints that race, each beside one that does not."""
