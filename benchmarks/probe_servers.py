"""Servers for the probe benchmark, on 127.0.0.1, of this environment."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from benchmarks.common import HERE

STARTS_IN = 120.0


@dataclass(frozen=True, slots=True)
class Kind:
    """How to start a server: ``{port}``, ``{key}`` and ``{certificate}`` are filled in."""

    command: str
    scheme: str


KINDS = {
    "uvicorn": Kind(
        "uvicorn arrivals:app --host 127.0.0.1 --port {port} --log-level critical", "http"
    ),
    "gunicorn": Kind(
        "gunicorn arrivals:wsgi -b 127.0.0.1:{port} --worker-class gthread --threads 32"
        " --log-level critical",
        "http",
    ),
    "hypercorn": Kind(
        "hypercorn arrivals:app -b 127.0.0.1:{port} --certfile {certificate} --keyfile {key}"
        " --log-level critical",
        "https",
    ),
    "granian": Kind(
        "granian arrivals:app --interface asgi --host 127.0.0.1 --port {port} --no-log"
        " --ssl-certificate {certificate} --ssl-keyfile {key}",
        "https",
    ),
}


@contextmanager
def serving(name: str, folder: Path) -> Iterator[str]:
    """The URL of a server that answers."""
    kind = KINDS[name]
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    if not key.exists():
        issued = trustme.CA().issue_cert("127.0.0.1", "localhost")
        issued.private_key_pem.write_to_path(key)
        issued.cert_chain_pems[0].write_to_path(certificate)
    words = kind.command.format(port=port, key=key, certificate=certificate).split()
    log = (folder / f"{name}.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", *words], cwd=HERE / "apps", stdout=log, stderr=log
    )
    with stopped(process):
        await_port(port, process, tls=kind.scheme == "https")
        yield f"{kind.scheme}://127.0.0.1:{port}"
    log.close()


@contextmanager
def stopped(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Ended afterwards, kindly or not."""
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def await_port(port: int, process: subprocess.Popen[bytes], *, tls: bool) -> None:
    """Until it answers, TLS included."""
    deadline = time.monotonic() + STARTS_IN
    context = ssl._create_unverified_context()  # noqa: S323, SLF001  # its own certificate
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
                if tls:
                    context.wrap_socket(plain).close()
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"a server did not start: {process.args!r}")
