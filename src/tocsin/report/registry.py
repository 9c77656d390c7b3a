"""Every output but the one for terminals: its word for ``--output``, and what makes its text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tocsin.report import github, gitlab, json, junit, markdown, sarif
from tocsin.report.document import Document


@dataclass(frozen=True, slots=True)
class Output:
    """``render`` takes the document and the time at which the run ended."""

    name: str
    render: Callable[[Document, datetime], str]


OUTPUTS: tuple[Output, ...] = (
    Output("json", lambda document, _: json.render(document)),
    Output("sarif", lambda document, _: sarif.render(document)),
    Output("github", lambda document, _: github.render(document)),
    Output("gitlab", gitlab.render),
    Output("junit", lambda document, _: junit.render(document)),
    Output("markdown", lambda document, _: markdown.render(document)),
)


def render(name: str, document: Document, ended: datetime) -> str:
    """The document in the output of that name. Raises `LookupError` when there is none."""
    for output in OUTPUTS:
        if output.name == name:
            return output.render(document, ended)
    raise LookupError(name)
