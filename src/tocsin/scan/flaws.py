"""From what is wrong without a race to a finding: rule, severity, what to do instead."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tocsin.model.anomaly import Name
from tocsin.model.finding import Evidence, Finding, Remediation
from tocsin.model.verdict import Level, RequestRef, Severity
from tocsin.scan.findings import KINDS

if TYPE_CHECKING:
    from tocsin.probe.engine import Noticed


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a kind of flaw means to a reader of reports."""

    rule: str
    category: str
    owasp: str
    cwe: str
    severity: Severity
    summary: str
    confidence: str = "high"


_LOGIN = ("TOC110", "Broken Authentication", "API2:2023", "CWE-287")
_OBJECT = ("TOC120", "BOLA/IDOR", "API1:2023", "CWE-639")
_FUNCTION = ("TOC121", "Broken Function Level Authorization", "API5:2023", "CWE-862")
_PROPERTY = ("TOC122", "Broken Object Property Level Authorization", "API3:2023", "CWE-915")
_VERSION = ("TOC212", "Unrestricted Access to Sensitive Business Flows", "API6:2023", "CWE-362")
_UPLOAD = ("TOC307", "Unrestricted Upload", "", "CWE-367")
_READ = ("TOC501", "Security Misconfiguration", "API8:2023", "CWE-650")
_DOCUMENT = ("TOC504", "Improper Inventory Management", "API9:2023", "CWE-1059")
_ASK = "Look things up together with who asks (WHERE id = … AND owner = …), in every endpoint"

FLAWS: Mapping[str, Meaning] = {
    "wrong credentials are accepted": Meaning(
        *_LOGIN,
        Severity.CRITICAL,
        "Refuse every request whose credentials are no known user's, before anything else.",
    ),
    "malformed credentials crash the server": Meaning(
        *_LOGIN,
        Severity.MEDIUM,
        "Answer 401 to whatever cannot be decoded: base64, UTF-8, the colon may be missing.",
    ),
    "answers tell which users exist": Meaning(
        *_LOGIN,
        Severity.MEDIUM,
        "Answer unknown users and wrong passwords alike, after the same work: hash for both.",
    ),
    "401 without WWW-Authenticate": Meaning(
        *_LOGIN,
        Severity.LOW,
        "Send WWW-Authenticate with every 401: clients ask their user for credentials only then.",
    ),
    "credentials are sent without encryption": Meaning(
        *_LOGIN,
        Severity.HIGH,
        "Serve the API over TLS alone, and refuse http:// instead of redirecting it: by then the "
        "credentials have been sent.",
    ),
    "the time of answers tells which users exist": Meaning(
        *_LOGIN,
        Severity.MEDIUM,
        "Do the same work for users who do not exist: verify the password against the hash of one "
        "that nobody has.",
    ),
    "passwords can be tried without a limit": Meaning(
        *_LOGIN,
        Severity.LOW,
        "Count failed attempts by user and by address, in one operation, before the password is "
        "verified, and answer 429 with Retry-After when there are too many.",
        "medium",
    ),
    "the things of others can be changed": Meaning(
        *_OBJECT, Severity.HIGH, f"{_ASK}, in the statement that writes."
    ),
    "the things of others can be read": Meaning(
        *_OBJECT, Severity.HIGH, f"{_ASK}, and answer 404 if there is none."
    ),
    "what is for administrators is done for others": Meaning(
        *_FUNCTION,
        Severity.HIGH,
        "Ask for the role in every endpoint below such a path, or in the router of all of them.",
        "medium",
    ),
    "documented security is not enforced": Meaning(
        *_FUNCTION,
        Severity.MEDIUM,
        "Ask for credentials as documented, or say in the document that they are optional.",
        "medium",
    ),
    "a property that is not to be written can be written": Meaning(
        *_PROPERTY,
        Severity.HIGH,
        "Take the properties that a request may set from a model of its own, by name, and refuse "
        "or drop the others: never assign what was sent to a row as a whole.",
    ),
    "a property that is kept from others is shown to them": Meaning(
        *_PROPERTY,
        Severity.MEDIUM,
        "Make every answer about a thing with one serializer that knows who asks, in lists, too.",
        "medium",
    ),
    "a property that is not to be shown is answered": Meaning(
        *_PROPERTY,
        Severity.MEDIUM,
        "Answer with a model that names what is shown, and not with the row.",
    ),
    "a read changes state": Meaning(
        *_READ,
        Severity.MEDIUM,
        "Change state in POST, PUT, PATCH or DELETE alone: a GET is repeated by whoever likes.",
    ),
    "a success is answered that is not documented": Meaning(
        *_DOCUMENT,
        Severity.LOW,
        "Document every status that the operation answers: clients are written from it.",
    ),
    "a refusal is answered that is not documented": Meaning(
        *_DOCUMENT,
        Severity.INFO,
        "Document this refusal beside the others, or all of them as default.",
        "low",
    ),
    "an upload that was refused can be fetched": Meaning(
        *_UPLOAD,
        Severity.HIGH,
        "Receive uploads where nobody is served from, check them there, and move what passes "
        "(os.replace) to where it is served; remove the rest.",
    ),
    "a version that is out of date is accepted": Meaning(
        *_VERSION,
        Severity.MEDIUM,
        "Write only if the version is still the one that was read: UPDATE … WHERE id = … AND "
        "version = …, and answer 409 or 412 where no row was changed.",
    ),
    "writers overwrite each other, and no version is offered": Meaning(
        *_VERSION,
        Severity.LOW,
        "Offer a version (an ETag, a field) with every read, and write only if it is still the "
        "same: whether the last writer may win is for the application to say.",
        "low",
    ),
}
"""By the words of the check's kind."""

_RACES = frozenset(
    {
        *(Name.LOST_UPDATE, Name.LIMIT_OVERRUN, Name.DOUBLE_SUBMIT, Name.DUPLICATE_CREATE),
        *(Name.STALE_CHECK, Name.STALE_AUTHORIZATION, Name.CRASH),
    }
)
"""What a volley can show."""

_NARROWER = frozenset({"TOC211", "TOC212", "TOC307", "TOC502"})
"""What checks say instead of the rule of a race's name."""

RULES: frozenset[str] = _NARROWER.union(
    {one.rule for one in FLAWS.values()}, {KINDS[name].rule for name in _RACES}
)
"""Every rule that probing can raise."""


def flawed(noticed: Noticed) -> Finding:
    """The finding that something wrong without a race makes."""
    flaw = noticed.flaw
    meaning = FLAWS[flaw.kind.value]
    ref = RequestRef(flaw.request.endpoint, flaw.request.identity, flaw.request.name)
    return Finding(
        rule=meaning.rule,
        title=f"In {ref.endpoint} {flaw.kind.value}",
        description=f"{ref.endpoint} {flaw.reason}. Again: {noticed.curl}",
        category=meaning.category,
        severity=meaning.severity,
        confidence=meaning.confidence,
        endpoint=ref.endpoint,
        framework=noticed.framework,
        anomaly="",
        requests=(ref,),
        evidence=Evidence(Level.OBSERVED, reason=flaw.reason),
        remediation=Remediation(meaning.summary),
        fingerprint=fingerprint(meaning.rule, flaw.kind.value, (ref,)),
        cwe=meaning.cwe,
        owasp=meaning.owasp,
    )


def fingerprint(rule: str, anomaly: str, refs: tuple[RequestRef, ...]) -> str:
    """The same as long as the rule, its name and the endpoints are."""
    text = repr((rule, anomaly, sorted(ref.endpoint for ref in refs)))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
