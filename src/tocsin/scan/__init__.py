"""Targets to engines to one list of findings: the only room that knows the engines."""

from tocsin.scan.engines import run
from tocsin.scan.replay import replay

__all__ = ["replay", "run"]
