"""Guards in the memory of one process.

Several workers have one each: what is limited is then limited for each of them. Take a database or
Redis where that is too much.
"""

from tocsin.guard.memory.limits import Tallies, consume, refund, reset

__all__ = ["Tallies", "consume", "refund", "reset"]
