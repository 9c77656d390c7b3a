"""Which engine runs on which target, and all their events in one stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tocsin.errors import NothingToDo, UsageError
from tocsin.model.event import Event, Noted
from tocsin.scan import run as exploring
from tocsin.scan.options import ScanOptions


def run(options: ScanOptions) -> Iterator[Event]:
    """Read the folders, explore the applications, probe the addresses.

    Closing the iterator stops the work and gives everything back. Raises a `TocsinError` with one
    sentence when a target cannot be analysed at all; beside others, a folder without Python is a
    note.
    """
    if options.sources:
        # Rules and tables take their time: applications do without.
        from tocsin.scan import source

        for folder in options.sources:
            try:
                yield from source.events(folder, options.cache)
            except NothingToDo as error:
                if len(options.targets) == 1:
                    raise
                yield Noted(str(error))
    if options.applications:
        present = tuple(one for one in options.identities if one.login is None)
        for one in options.identities:
            if one.login is not None:
                yield Noted(
                    f"identity {one.name} logs in, which is for addresses: applications are "
                    "explored without it"
                )
        yield from exploring.run(replace(options, identities=present))
    if options.addresses:
        # The wire's libraries are an extra.
        try:
            import h2  # noqa: F401
            import h11  # noqa: F401
        except ImportError:
            raise UsageError("addresses need an extra: pip install 'tocsin[probe]'") from None
        from tocsin.scan import probing

        for address in options.addresses:
            yield from probing.events(options, address)
