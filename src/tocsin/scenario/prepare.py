"""The search for a request that works: sans-I/O, one operation as one identity.

`prepare` yields requests and is sent what came of each; whoever drives it sends them to the app,
from the same state every time.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field

from tocsin.frameworks.base import Skipped
from tocsin.model.http import ANONYMOUS, Identity, Operation, Request, Response
from tocsin.scenario.asked import Asked
from tocsin.scenario.build import FORM, JSON, MULTIPART, Inputs, build
from tocsin.scenario.complaints import SOMEWHERE, complaints, said_in, spoken
from tocsin.scenario.draft import WHOLE, Draft
from tocsin.scenario.knowledge import Knowledge

ATTEMPTS = 12
LESSONS = 12
REFUSALS = 3
CRASHES = 2
LOGIN = re.compile(r"/(log|sign)[-_]?in\b|/login|/accounts/login|/auth\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request, and which inputs the app looked for meanwhile."""

    response: Response
    asked: tuple[Asked, ...] = ()


@dataclass(frozen=True, slots=True)
class Exercised:
    """A request that works, and what it was made of."""

    operation: Operation
    identity: Identity
    request: Request
    response: Response
    inputs: Inputs


Search = Generator[Request, Answer, Exercised | Skipped]


def prepare(
    operation: Operation, identity: Identity, knowledge: Knowledge, attempts: int = ATTEMPTS
) -> Search:
    """Yield requests to try, be sent their `Answer`, return the first that works.

    An attempt from which the search learnt what the endpoint reads does not count.
    """
    draft = Draft.first(operation, knowledge.seen_by(identity))
    search = _Search(draft, identity)
    if draft.lacking:
        return Skipped(operation.endpoint, search.without_value())
    lessons = 0
    while True:
        inputs = draft.inputs()
        request = build(operation, inputs, identity)
        answer = yield request
        if succeeded(answer.response):
            done = Exercised(operation, identity, request, answer.response, inputs)
            return (yield from _improve(draft, done, answer))
        learnt = search.learn(answer)
        if search.over:
            return Skipped(operation.endpoint, search.over)
        if learnt and lessons < LESSONS:
            lessons += 1
        else:
            attempts -= 1
        if attempts <= 0:
            return Skipped(operation.endpoint, search.last_reason())


def succeeded(response: Response) -> bool:
    """Whether the request did its work: a redirect to the login page is a refusal."""
    if not response.ok:
        return False
    location = next((value for name, value in response.headers if name.lower() == "location"), "")
    return response.status < 300 or not LOGIN.search(location)


def _improve(
    draft: Draft, done: Exercised, answer: Answer
) -> Generator[Request, Answer, Exercised]:
    """Of an undeclared body: send what was asked for, or no body if nothing was."""
    for _ in range(LESSONS):
        if not draft.undeclared:
            break
        read = any(one.place in {"json", "form", "file"} for one in answer.asked)
        if not read and draft.content_type is not None and not done.inputs.fields:
            draft.content_type = None
        elif not draft.fill(answer.asked, body_only=True):
            break
        inputs = draft.inputs()
        request = build(draft.operation, inputs, done.identity)
        answer = yield request
        if not succeeded(answer.response):
            break
        done = Exercised(draft.operation, done.identity, request, answer.response, inputs)
        if draft.content_type is None:
            break
    return done


@dataclass(slots=True)
class _Search:
    """What the answers have taught so far. ``over`` is the reason why to stop."""

    draft: Draft
    identity: Identity
    over: str = ""
    refusals: int = 0
    crashes: int = 0
    last: Response | None = None
    sought: dict[str, int] = field(default_factory=dict)

    def learn(self, answer: Answer) -> bool:
        """Change the draft by what was answered. ``True`` if the app said what it wants."""
        self.last = response = answer.response
        status = response.status
        if status in {405, 429, 501, 503}:
            self.over = self.last_reason()
            return False
        if status in {401, 403} or response.ok:
            self._refused(status)
            return False
        # A conflict is about values, not about optional ones that were left out.
        if self._corrected(answer) or self.draft.fill(answer.asked, body_only=status == 409):
            return True
        if status == 415 and self._other_content_type():
            return False
        if response.failed:
            self.crashes += 1
        if self.crashes > CRASHES or not self._next(status):
            self.over = self.last_reason()
        return False

    def _refused(self, status: int) -> None:
        """Not allowed: perhaps only with this row, so one or two more are tried."""
        self.refusals += 1
        few = 2 if self.identity.name == ANONYMOUS.name or status == 401 else REFUSALS
        if self.refusals >= few or not self.draft.advance("path"):
            self.over = self.last_reason()

    def _next(self, status: int) -> bool:
        """Other values, of the inputs that this status speaks about first."""
        order: tuple[tuple[str, ...], ...] = (
            ("path",),
            ("body", "query"),
            ("whole",),
            ("header", "cookie"),
        )
        if status in {400, 422} or (status == 409 and self._creates()):
            order = ("body", "query"), ("whole",), ("path",), ("header", "cookie")
        return any(self.draft.advance(*places) for places in order)

    def _creates(self) -> bool:
        return self.draft.operation.method == "POST" and not self.draft.operation.path.endswith("}")

    def _corrected(self, answer: Answer) -> bool:
        """Follow the complaints about named fields. Another value for a wrong one is no lesson."""
        learnt = False
        # What the app was seen to look for is surer than what its sentences mean.
        words = [] if answer.asked else spoken(answer.response)
        for place, name, missing in complaints(answer.response) or words:
            if place == "body" and WHOLE in self.draft.slots:
                learnt |= self.draft.advance("whole")
            elif place == SOMEWHERE or (place == "body" and self.draft.bodiless):
                learnt |= self._sought(name)
            elif (place, name) in self.draft.slots:
                learnt |= not missing and self.draft.advance(place, name=name)
            elif missing:
                learnt |= self.draft.add(place, name)
        return learnt

    def _sought(self, name: str) -> bool:
        """A field that is missed, nobody says where: put it into each place in turn."""
        draft = self.draft
        here = next((key for key in draft.slots if key[1] == name), None)
        if here is not None and name not in self.sought:
            return draft.advance(here[0], name=name)  # it is there: its value is wrong
        tried = self.sought.get(name, 0)
        self.sought[name] = tried + 1
        ways = draft.ways(name)
        if tried >= len(ways):
            return here is not None and draft.advance(here[0], name=name)
        if here is not None:
            del draft.slots[here]
        return draft.put(name, ways[tried])

    def _other_content_type(self) -> bool:
        tried = (JSON, FORM, MULTIPART)
        if not self.draft.undeclared or self.draft.content_type not in tried:
            return False
        following = tried.index(self.draft.content_type) + 1
        if following >= len(tried):
            return False
        self.draft.content_type = tried[following]
        return True

    def without_value(self) -> str:
        """The reason if an input has no candidate."""
        place, name = self.draft.lacking[0]
        return f"needs {place} value '{name}': no row, example or configured value"

    def last_reason(self) -> str:
        """The last answer in one sentence."""
        response = self.last
        if response is None:
            return "was not tried"
        if response.failed:
            said = response.error or said_in(response)
            return f"{response.status}: {said}" if said else f"answers {response.status}"
        guessed = [
            name
            for (place, name), slot in self.draft.slots.items()
            if place == "path" and slot.value.origin.guessed
        ]
        if response.status == 404 and guessed:
            return f"needs path value '{guessed[0]}': no row, example or configured value"
        if response.ok:
            return f"redirects {self.identity.name} to the login page"
        if response.status in {401, 403}:
            return f"answers {response.status} to {self.identity.name}"
        said = said_in(response)
        return f"answers {response.status}: {said}" if said else f"answers {response.status}"


def shared_reason(reasons: Mapping[str, str]) -> str:
    """One reason for an operation that no identity (name to reason) could exercise."""
    general = [reason.replace(f" {name}", " every identity") for name, reason in reasons.items()]
    if len(set(general)) == 1:
        return general[0]
    telling = [
        reason for reason in reasons.values() if not re.match(r"answers 40[13] |redirects", reason)
    ]
    return next(iter(telling or reasons.values()), "no identity to ask as")
