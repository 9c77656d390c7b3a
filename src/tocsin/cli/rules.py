"""``tocsin rules`` and ``tocsin explain``: what can be found, and what to know about it."""

from __future__ import annotations

import json

import click

from tocsin.cli.common import forget_stdout
from tocsin.errors import UsageError
from tocsin.rules.catalogue import CATALOGUE, find, nearest, page, page_url


@click.command(short_help="List the rules.")
@click.option(
    "--output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What to print.",
)
def rules(*, output: str) -> int:
    """List every rule: code, name, what it finds, what mending it changes, which engine finds it.

    \b
    Examples:
      tocsin rules
      tocsin rules --output json
    """  # noqa: D301  click reads the control character
    if output == "json":
        click.echo(_as_json())
        return 0
    # Rich takes its time: help and completion do without.
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("code", no_wrap=True)
    table.add_column("name", no_wrap=True)
    table.add_column("what it finds", overflow="fold")
    table.add_column("fix", no_wrap=True)
    table.add_column("found by", min_width=16)
    found_by = _found_by()
    for rule in CATALOGUE:
        shown = f"{rule.summary} (--pedantic)" if rule.pedantic else rule.summary
        engines = ", ".join(found_by[rule.code]) or "not yet"
        table.add_row(rule.code, rule.name, shown, rule.fix.value, engines)
    _print(table)
    return 0


@click.command(short_help="Show the page of a rule.")
@click.argument("rule", metavar="CODE")
def explain(*, rule: str) -> int:
    """Show what a rule finds, why it is wrong, and what to write instead.

    CODE is a rule's code or its name.

    \b
    Examples:
      tocsin explain TOC201
      tocsin explain check-then-update
    """  # noqa: D301  click reads the control character
    found = find(rule)
    if found is None:
        near = nearest(rule)
        hint = f"did you mean {near.code} ({near.name})?" if near else "'tocsin rules' lists them"
        raise UsageError(f"{rule!r} is no rule; {hint}")
    from rich.markdown import Markdown

    text = page(found)
    if not _found_by()[found.code]:
        text += (
            "\n---\n\nNo engine of this version finds it yet: the page says what is to be found.\n"
        )
    _print(Markdown(text))
    return 0


def _found_by() -> dict[str, list[str]]:
    """The engines of this version that raise each rule."""
    # The engines take their time: only this table needs them.
    from tocsin.scan.findings import RULES as EXPLORED
    from tocsin.scan.flaws import RULES as PROBED
    from tocsin.static.rules.registry import JUDGES, OBSERVERS

    read = {judge.code for judge in JUDGES} | {observer.code for observer in OBSERVERS}
    engines = (("static", read), ("explore", EXPLORED), ("probe", PROBED))
    return {
        rule.code: [name for name, raised in engines if rule.code in raised] for rule in CATALOGUE
    }


def _as_json() -> str:
    found_by = _found_by()
    rows = [
        {
            "code": rule.code,
            "name": rule.name,
            "summary": rule.summary,
            "severity": rule.severity.value,
            "fix": rule.fix.value,
            "pedantic": rule.pedantic,
            "cwe": rule.cwe,
            "owasp": rule.owasp,
            "url": page_url(rule),
            "found_by": found_by[rule.code],
        }
        for rule in CATALOGUE
    ]
    return json.dumps(rows, indent=2)


def _print(shown: object) -> None:
    """Print in the width of the terminal; a reader that leaves early is no error."""
    from rich.console import Console

    console = Console(highlight=False)
    with console.capture() as capture:
        console.print(shown)
    text = capture.get()
    if not console.is_terminal:
        text = "\n".join(line.rstrip() for line in text.split("\n"))
    try:
        click.echo(text, nl=False)
    except BrokenPipeError:
        forget_stdout()
