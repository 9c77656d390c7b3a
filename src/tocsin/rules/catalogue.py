"""Every rule, by code. What a rule means to its readers; how it is found is the engines' matter."""

from __future__ import annotations

import difflib
from importlib.resources import files

from tocsin.model.rule import FixSafety, Rule
from tocsin.model.verdict import Severity

HEADINGS = (
    "What it does",
    "Why it is wrong",
    "Example",
    "Use instead",
    "Fix safety",
    "When it misses",
    "References",
)
"""The sections of a rule's page, in their order."""

SOURCE = "https://github.com/tocsin-dev/tocsin/blob/main/src/tocsin/rules/pages"

_HIGH, _MEDIUM, _LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW
_SAFE, _UNSAFE, _NONE = FixSafety.SAFE, FixSafety.UNSAFE, FixSafety.NONE
_OBJECT, _LOGIN = "API1:2023", "API2:2023"
_PROPERTY = "API3:2023"
_RESOURCE, _FUNCTION = "API4:2023", "API5:2023"
_FLOW, _CONFIGURED, _INVENTORY = "API6:2023", "API8:2023", "API9:2023"

CATALOGUE: tuple[Rule, ...] = (
    Rule(
        "TOC101",
        "authorize-then-act",
        "A right is read in one statement and used in another, and nothing keeps it in between.",
        _HIGH,
        owasp=_FUNCTION,
        fix=_UNSAFE,
    ),
    Rule(
        "TOC102",
        "ownership-check-then-refetch",
        "Ownership is tested on one read, and the effect looks the object up again by the "
        "client's identifier.",
        _HIGH,
        owasp=_OBJECT,
        fix=_UNSAFE,
    ),
    Rule(
        "TOC103",
        "cached-permission",
        "A permission is kept in a cache, a session or an attribute and trusted later.",
        _HIGH,
        owasp=_FUNCTION,
    ),
    Rule(
        "TOC104",
        "stale-identity-in-background",
        "A background job acts on a user or an object as it was when the job was queued.",
        _HIGH,
        owasp=_FUNCTION,
    ),
    Rule(
        "TOC105",
        "check-after-response",
        "Middleware verifies after the handler has run, so the effect is there already.",
        _HIGH,
        "CWE-696",
        _FUNCTION,
    ),
    Rule(
        "TOC106",
        "snapshot-authorization",
        "A dependency copies a role or an address, and the handler trusts the copy.",
        _HIGH,
        owasp=_FUNCTION,
    ),
    Rule(
        "TOC110",
        "basic-auth-hygiene",
        "HTTP Basic credentials are compared, looked up or refused in a way that gives them away.",
        _MEDIUM,
        "CWE-287",
        _LOGIN,
        _UNSAFE,
    ),
    Rule(
        "TOC120",
        "broken-object-authorization",
        "Somebody reads or changes a thing that is another's.",
        _HIGH,
        "CWE-639",
        _OBJECT,
    ),
    Rule(
        "TOC121",
        "broken-function-authorization",
        "Somebody calls an endpoint that is kept for others, by its path or by its documentation.",
        _HIGH,
        "CWE-862",
        _FUNCTION,
    ),
    Rule(
        "TOC122",
        "broken-property-authorization",
        "Somebody writes a property that is not theirs to write, or is shown one that is kept.",
        _HIGH,
        "CWE-915",
        _PROPERTY,
    ),
    Rule(
        "TOC201",
        "check-then-update",
        "A row is read, tested in Python, and written without being locked.",
        _HIGH,
        owasp=_FLOW,
        fix=_UNSAFE,
    ),
    Rule(
        "TOC202",
        "read-modify-write",
        "A new value is calculated in Python from one that was read before.",
        _HIGH,
        "CWE-362",
        _FLOW,
        _SAFE,
    ),
    Rule(
        "TOC203",
        "guarded-relative-update",
        "A limit is tested in Python, and the update in the database does not test it again.",
        _HIGH,
        owasp=_FLOW,
        fix=_UNSAFE,
    ),
    Rule(
        "TOC204",
        "count-then-insert",
        "Rows are counted, and another is inserted when there are few enough.",
        _HIGH,
        owasp=_FLOW,
        fix=_UNSAFE,
    ),
    Rule(
        "TOC205",
        "exists-then-create",
        "A row is looked for and created when there is none.",
        _MEDIUM,
        owasp=_FLOW,
        fix=_UNSAFE,
    ),
    Rule(
        "TOC206",
        "lock-outside-transaction",
        "A row lock is taken where no transaction holds it, and is gone at once.",
        _HIGH,
        "CWE-667",
        _FLOW,
        _UNSAFE,
    ),
    Rule(
        "TOC207",
        "lock-after-check",
        "The row is locked after it was tested, and the test is not repeated.",
        _HIGH,
        "CWE-667",
        _FLOW,
        _UNSAFE,
    ),
    Rule(
        "TOC208",
        "lazy-lock",
        "A locking query is built and never run, or run after its transaction.",
        _HIGH,
        "CWE-667",
        _FLOW,
        _SAFE,
    ),
    Rule(
        "TOC209",
        "stale-after-lock",
        "The row is locked, but the object in hand keeps the values from before.",
        _HIGH,
        "CWE-667",
        _FLOW,
        _SAFE,
    ),
    Rule(
        "TOC210",
        "lock-per-call",
        "Every call makes its own lock, so that nobody ever waits for it.",
        _HIGH,
        "CWE-667",
        _FLOW,
        _UNSAFE,
    ),
    Rule(
        "TOC211",
        "full-save-lost-update",
        "Every column of an object is written back though only some were meant.",
        _MEDIUM,
        "CWE-362",
        _FLOW,
        _SAFE,
    ),
    Rule(
        "TOC212",
        "unversioned-edit",
        "A version is compared in Python, or an edit overwrites what it has not seen.",
        _MEDIUM,
        "CWE-362",
        _FLOW,
        _UNSAFE,
    ),
    Rule(
        "TOC213",
        "split-transaction",
        "The check is committed before the transaction that trusts it begins.",
        _HIGH,
        owasp=_FLOW,
    ),
    Rule(
        "TOC214",
        "validate-then-write",
        "A validator asks the database, and the write comes in another statement.",
        _MEDIUM,
        owasp=_FLOW,
    ),
    Rule(
        "TOC215",
        "last-of-several",
        "A row is removed when others are left, and two requests remove one each.",
        _HIGH,
        owasp=_FLOW,
    ),
    Rule(
        "TOC301",
        "exists-then-open",
        "A path is tested and then created, opened for writing, moved or removed.",
        _MEDIUM,
        fix=_UNSAFE,
    ),
    Rule(
        "TOC302",
        "predictable-temporary-file",
        "A temporary file has a name that others can know and create first.",
        _MEDIUM,
        "CWE-377",
    ),
    Rule(
        "TOC303",
        "prefix-path-check",
        "A path is held to be inside a folder because its text begins with the folder's.",
        _HIGH,
        "CWE-22",
        _OBJECT,
        _SAFE,
    ),
    Rule(
        "TOC304",
        "symlink-followed",
        "A path is checked and then opened in a way that follows a link put there meanwhile.",
        _MEDIUM,
        "CWE-59",
    ),
    Rule(
        "TOC305",
        "path-handed-out",
        "A checked path is returned or stored, and used when the check is long over.",
        _LOW,
        pedantic=True,
    ),
    Rule(
        "TOC306",
        "client-filename",
        "A file is written under the name that the client sent.",
        _HIGH,
        "CWE-73",
    ),
    Rule(
        "TOC307",
        "served-before-ready",
        "An upload is served before it is checked and complete, or after it was refused.",
        _HIGH,
    ),
    Rule(
        "TOC401",
        "await-inside-window",
        "Shared state is tested before an await and changed after it.",
        _HIGH,
        "CWE-362",
        _FLOW,
        _UNSAFE,
    ),
    Rule(
        "TOC402",
        "thread-shared-check-then-act",
        "State shared by threads is tested and changed without a lock around both.",
        _MEDIUM,
        "CWE-362",
        _FLOW,
        _UNSAFE,
    ),
    Rule(
        "TOC403",
        "lazy-singleton",
        "Something is made on first use, and two first users make two.",
        _LOW,
        "CWE-362",
        "",
        _UNSAFE,
        pedantic=True,
    ),
    Rule(
        "TOC404",
        "cache-read-modify-write",
        "A value is read from a cache, changed in Python, and stored again.",
        _HIGH,
        "CWE-362",
        _FLOW,
        _UNSAFE,
    ),
    Rule(
        "TOC405",
        "get-then-delete-token",
        "A one-time token is read and then deleted, so that two requests can both read it.",
        _HIGH,
        owasp=_LOGIN,
        fix=_UNSAFE,
    ),
    Rule(
        "TOC501",
        "state-changing-get",
        "A GET or HEAD handler changes state, which caches, prefetchers and retries repeat.",
        _MEDIUM,
        "CWE-650",
        _CONFIGURED,
    ),
    Rule(
        "TOC502",
        "limit-test-then-hit",
        "A rate or attempt limit is tested first and counted afterwards.",
        _HIGH,
        "CWE-799",
        _RESOURCE,
    ),
    Rule(
        "TOC503",
        "no-idempotency-key",
        "A POST that pays or sends has nothing by which a repetition is recognised.",
        _LOW,
        "CWE-837",
        _FLOW,
        pedantic=True,
    ),
    Rule(
        "TOC504",
        "undocumented-answer",
        "The server answers a status that its OpenAPI document leaves no room for.",
        _LOW,
        "CWE-1059",
        _INVENTORY,
    ),
    Rule(
        "TOC901",
        "swallowed-refusal",
        "A guard's refusal is caught, and the request goes on.",
        _HIGH,
        "CWE-390",
        _FLOW,
    ),
    Rule(
        "TOC902",
        "guard-never-awaited",
        "An asynchronous guard is called and never awaited, so it never runs.",
        _HIGH,
        "CWE-670",
        _FLOW,
    ),
    Rule(
        "TOC903",
        "attempt-counted-late",
        "An attempt is taken from its limit only when the secret was wrong.",
        _HIGH,
        "CWE-307",
        _LOGIN,
    ),
    Rule(
        "TOC904",
        "tallies-per-request",
        "What is used up is counted in an object that every request makes anew.",
        _HIGH,
        "CWE-799",
        _RESOURCE,
    ),
    Rule(
        "TOC905",
        "once-split",
        "What is carried out once commits before its answer is kept.",
        _MEDIUM,
        "CWE-837",
        _FLOW,
    ),
    Rule(
        "TOC906",
        "limit-after-effect",
        "A limit is asked when what it limits is done and committed.",
        _HIGH,
        "CWE-799",
        _FLOW,
    ),
    Rule(
        "TOC907",
        "effect-outside-once",
        "A request that is carried out once does something more, each time it is sent.",
        _MEDIUM,
        "CWE-837",
        _FLOW,
    ),
)


def codes() -> frozenset[str]:
    """Every code there is."""
    return frozenset(rule.code for rule in CATALOGUE)


def find(word: str) -> Rule | None:
    """The rule that a code (``TOC201``, in any case) or a name (``check-then-update``) means."""
    wanted = word.strip().lower()
    return next((r for r in CATALOGUE if wanted in {r.code.lower(), r.name}), None)


def nearest(word: str) -> Rule | None:
    """The rule whose code or name is most like ``word``; ``None`` when nothing is."""
    wanted = word.strip().lower()
    known = {key: rule for rule in CATALOGUE for key in (rule.code.lower(), rule.name)}
    close = difflib.get_close_matches(wanted, known, n=1)
    return known[close[0]] if close else None


def page(rule: Rule) -> str:
    """The rule's page, as Markdown."""
    name = f"{rule.code.lower()}.md"
    return (files("tocsin.rules") / "pages" / name).read_text(encoding="utf-8")


def page_url(rule: Rule) -> str:
    """Where the page can be read without tocsin."""
    return f"{SOURCE}/{rule.code.lower()}.md"
