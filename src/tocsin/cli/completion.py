"""``tocsin completion``: what a shell needs to complete tocsin's words."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

COMPLETE = "_TOCSIN_COMPLETE"
"""The variable by which a shell asks for completions."""


@click.command(short_help="Print a shell completion script.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    Examples:
      tocsin completion bash > ~/.local/share/bash-completion/completions/tocsin
      tocsin completion zsh > ~/.zfunc/_tocsin
      tocsin completion fish > ~/.config/fish/completions/tocsin.fish
    """  # noqa: D301  click reads the control character
    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"no completion is known for {shell}")
    script = found(context.find_root().command, {}, "tocsin", COMPLETE)
    click.echo(script.source_template % script.source_vars())
