"""A small shop on FastAPI that keeps everything in dictionaries and files."""
