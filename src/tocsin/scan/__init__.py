"""Targets to engines to one list of findings: the only room that knows the engines."""

from tocsin.scan.replay import replay
from tocsin.scan.run import run

__all__ = ["replay", "run"]
