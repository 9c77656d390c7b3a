"""Many requests at once, where two have shown nothing: each more makes a meeting likelier.

Threads that share an interpreter take turns by chance: two requests meet in a window of a
millisecond once in ten rounds, six of them in every third or second.
"""

from __future__ import annotations

from dataclasses import replace

from tocsin.probe.checks.base import Attack

COPIES = 6
"""Of one request."""

EACH = 4
"""Of two different ones, in turn."""


def crowd(attack: Attack) -> Attack | None:
    """The same attack with more requests; ``None`` where there are as many already.

    Two different requests are no longer compared with all their orders: of these only errors of
    the server tell, and that both kinds succeed where in a row one does.
    """
    if len(attack.requests) >= COPIES or len(attack.requests) > len(set(attack.requests)) > 1:
        return None
    if attack.copies:
        return replace(attack, requests=attack.requests[:1] * COPIES)
    return replace(attack, requests=attack.requests * EACH, readers=())
