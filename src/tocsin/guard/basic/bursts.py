"""Many requests of one identity at nearly the same moment: how races are looked for."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable


class Bursts:
    """Counts what arrives, in this process. ``requests`` within ``seconds`` are a burst.

    One burst is told once: counting begins anew. At most ``names`` identities are kept, those that
    came last.
    """

    def __init__(
        self,
        requests: int = 10,
        seconds: float = 0.25,
        *,
        names: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.requests = requests
        self.seconds = seconds
        self._names = names
        self._clock = clock
        self._lock = threading.Lock()
        self._arrivals: OrderedDict[str, deque[float]] = OrderedDict()

    def arrived(self, name: str) -> bool:
        """Note a request; whether it makes a burst full."""
        now = self._clock()
        with self._lock:
            arrivals = self._arrivals.setdefault(name, deque(maxlen=self.requests))
            self._arrivals.move_to_end(name)
            if len(self._arrivals) > self._names:
                self._arrivals.popitem(last=False)
            arrivals.append(now)
            full = len(arrivals) == self.requests and now - arrivals[0] <= self.seconds
            if full:
                arrivals.clear()
            return full
