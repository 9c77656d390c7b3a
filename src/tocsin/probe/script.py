"""What a check does, step by step: it says what to send, is told what came of it, says what it saw.

No I/O: `tocsin.probe.playing` carries the steps out.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tocsin.model import event
from tocsin.model.http import Identity, Operation, Request, Response
from tocsin.model.verdict import Permission
from tocsin.model.volley import VolleyEvidence
from tocsin.probe.checks.base import Attack
from tocsin.probe.client import answered
from tocsin.probe.discover import Working
from tocsin.probe.flaw import Flaw
from tocsin.probe.footprint import Footprint
from tocsin.probe.message import Answer, Observation
from tocsin.probe.verdict import Broken


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is known when a check begins. ``known`` are the operations that the document has.

    ``footprints``: what requests change when they are alone, as far as that was looked at;
    ``may_change``: requests may change something; ``restores``: the state can be put back;
    ``foreign``: the server is not this machine; ``encrypted``: TLS is spoken.
    """

    working: Sequence[Working] = ()
    known: Sequence[Operation] = ()
    identities: Mapping[str, Identity] = field(default_factory=dict)
    cells: Sequence[Permission] = ()
    footprints: Mapping[Request, Footprint] = field(default_factory=dict)
    may_change: bool = False
    restores: bool = False
    foreign: bool = False
    encrypted: bool = False
    rounds: int = 12

    @property
    def free(self) -> bool:
        """Whether something may be changed, because it can be put back."""
        return self.may_change and self.restores


@dataclass(frozen=True, slots=True)
class Restore:
    """The state is to be as it was at the beginning."""


@dataclass(frozen=True, slots=True)
class Together:
    """The requests of an attack are to be sent at once, or at these offsets in seconds.

    Held back are their last header bytes: trials of what holds an endpoint are real requests, and
    would come between what a script has prepared and its volley.
    ``defiant``: refusals for being too fast are looked for, and are no reason to wait.
    """

    attack: Attack
    offsets: tuple[float, ...] = ()
    defiant: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and how many seconds after the request its first byte was there."""

    response: Response
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Race:
    """What the rounds of an attack came to. Without ``broken``, ``reason`` says what that means.

    ``seen`` are the rounds as they were delivered.
    """

    attack: Attack
    rounds: int
    bound: str
    broken: Broken | None = None
    evidence: VolleyEvidence | None = None
    sure: bool = False
    reason: str = ""
    seen: Sequence[Observation] = ()


Said = Flaw | Race | event.Event
Step = Request | Restore | Together | Said
Came = Reply | Observation | None
"""A `Reply` to a request, an `Observation` of what was sent together, nothing to other steps."""

Script = Generator[Step, Came, None]


@dataclass(frozen=True, slots=True)
class Scripted:
    """A check that says itself what to send.

    ``again`` makes the script of an attack that was told before; checks without a race have none.
    """

    name: str
    script: Callable[[Scene], Script]
    again: Callable[[Attack, Scene], Script] | None = None


def ask(request: Request) -> Generator[Step, Came, Reply]:
    """One request, answered."""
    came = yield request
    if not isinstance(came, Reply):
        raise TypeError(f"a request is replied to with {came!r}")
    return came


def defy(request: Request) -> Generator[Step, Came, Reply]:
    """One request, answered; being refused for too many is an answer, and no reason to wait.

    Whoever asks so stops when that is the answer.
    """
    seen = yield from fire(Together(Attack("", (request,)), defiant=True))
    (result,) = seen.results
    seconds = result.first - result.sent if isinstance(result, Answer) else 0.0
    return Reply(answered(result), max(0.0, seconds))


def fire(step: Together) -> Generator[Step, Came, Observation]:
    """A volley, answered."""
    came = yield step
    if not isinstance(came, Observation):
        raise TypeError(f"a volley is replied to with {came!r}")
    return came


def restore() -> Generator[Step, Came, None]:
    """The state put back."""
    yield Restore()


def everything(said: Iterable[Said]) -> Script:
    """Say all of this."""
    yield from said
