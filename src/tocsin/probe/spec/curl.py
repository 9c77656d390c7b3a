"""curl commands, as browsers and documentation write them. Source: curl's manual page."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

from tocsin.probe.spec.surface import Recorded, Surface, Unreadable

FORM = "application/x-www-form-urlencoded"

_DATA = {"-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--data-urlencode"}
_TAKES_VALUE = {
    *("-o", "--output", "-m", "--max-time", "--connect-timeout", "-w", "--write-out", "--cacert"),
    *("-x", "--proxy", "-E", "--cert", "--key", "-c", "--cookie-jar", "-F", "--form", "-T"),
    *("--resolve", "--retry", "-D", "--dump-header", "--ciphers", "--interface", "--limit-rate"),
}
"""Options whose next word is theirs, and says nothing of the request that is read here."""


def recognises(content: bytes) -> bool:
    """Whether the text begins with such a command, comments and prompts aside."""
    lines = content[:100_000].decode("utf-8", "replace").splitlines()
    first = next((one.strip() for one in lines if one.strip() and not one.startswith("#")), "")
    return first.removeprefix("$ ").startswith(("curl ", "curl\t"))


def read(content: bytes) -> Surface:
    """The request of every command. Raises `Unreadable` for quotes that do not end."""
    text = content.decode("utf-8", "replace").replace("\\\r\n", " ").replace("\\\n", " ")
    return Surface("curl commands", recorded=tuple(_requests(text)))


def _requests(text: str) -> Iterator[Recorded]:
    try:
        words = shlex.split(text.replace("\n", " ; "), comments=False)
    except ValueError as error:
        raise Unreadable(f"a curl command cannot be read: {error}") from None
    command: list[str] = []
    for word in (*words, ";"):
        if word in {";", "&", "&&", "|"}:
            if "curl" in command:
                yield from _command(command[command.index("curl") + 1 :])
            command = []
        else:
            command.append(word)


@dataclass(slots=True)
class _Reading:
    """What the options have said so far."""

    method: str = ""
    urls: list[str] = field(default_factory=list)
    headers: list[tuple[str, str]] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    as_query: bool = False

    def option(self, name: str, value: str) -> None:
        if name in {"-X", "--request"}:
            self.method = value.upper()
        elif name in {"-H", "--header"}:
            key, _, said = value.partition(":")
            self.headers.append((key.strip(), said.strip()))
        elif name == "--url":
            self.urls.append(value)
        elif name in {"-u", "--user"}:
            encoded = base64.b64encode(value.encode()).decode()
            self.headers.append(("Authorization", f"Basic {encoded}"))
        elif name in {"-b", "--cookie"}:
            self.headers.append(("Cookie", value))
        elif name in {"-A", "--user-agent"}:
            self.headers.append(("User-Agent", value))
        elif name == "--json":
            self.data.append(value)
            self.headers += [("Content-Type", "application/json"), ("Accept", "application/json")]
        elif name == "--data-urlencode":
            key, sign, said = value.partition("=")
            self.data.append(f"{key}{sign}{quote(said)}" if sign else quote(value))
        elif name in _DATA:
            self.data.append(value)


_READ = {
    *("-X", "--request", "-H", "--header", "--url", "-u", "--user", "-b", "--cookie", "-A"),
    *("--user-agent", "--json", *_DATA),
}


def _command(words: list[str]) -> Iterator[Recorded]:
    reading, rest = _Reading(), iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if word in {"-G", "--get"}:
            reading.as_query = True
        elif word in {"-I", "--head"}:
            reading.method = reading.method or "HEAD"
        elif word in _READ:
            reading.option(word, next(rest, ""))
        elif equals and name in _READ and name.startswith("--"):
            reading.option(name, value)
        elif word[:2] in _READ and not word.startswith("--") and len(word) > 2:
            reading.option(word[:2], word[2:])
        elif word in _TAKES_VALUE:
            next(rest, "")
        elif not word.startswith("-"):
            reading.urls.append(word)
    yield from (_made(reading, url) for url in reading.urls)


def _made(reading: _Reading, url: str) -> Recorded:
    data = "&".join(reading.data)
    headers = list(reading.headers)
    if reading.as_query and data:
        url, data = f"{url}{'&' if '?' in url else '?'}{data}", ""
    if data and "content-type" not in {name.lower() for name, _ in headers}:
        headers.append(("Content-Type", FORM))
    method = reading.method or ("POST" if data else "GET")
    return Recorded(method, url if "://" in url else f"http://{url}", tuple(headers), data.encode())
