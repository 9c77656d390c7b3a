"""For tests: witnesses to replay, and the conformance kits that every adapter has to pass."""

from tocsin.testing.replay import replay

__all__ = ["replay"]
