"""Guards for Flask: ``install`` answers refusals."""

from tocsin.guard.flask.install import install

__all__ = ["install"]
