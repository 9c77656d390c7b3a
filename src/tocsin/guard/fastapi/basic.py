"""HTTP Basic authentication as a dependency of FastAPI."""

from __future__ import annotations

from anyio.to_thread import run_sync
from fastapi.openapi.models import HTTPBase
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from tocsin.guard.basic import Client, Gate, Verified
from tocsin.guard.basic.client import FORWARDED_FOR, FORWARDED_PROTO
from tocsin.guard.basic.perform import threaded


class BasicAuth(SecurityBase):
    """A dependency whose value is a proof; who that is now, ``identity`` says.

    Bind it once::

        Me = Annotated[Verified, Depends(BasicAuth(gate))]

    Raises what ``Gate.admit`` does.
    """

    def __init__(self, gate: Gate, *, scheme_name: str = "HTTPBasic") -> None:
        self.gate = gate
        self.model = HTTPBase(scheme="basic")
        self.scheme_name = scheme_name

    async def __call__(self, request: HTTPConnection) -> Verified:
        # Two of them are none: what is before the comma would be somebody else's choice.
        given = ", ".join(request.headers.getlist("authorization")) or None
        return await self.gate.admit(given, _client(request, self.gate), threaded(run_sync))


def _client(request: HTTPConnection, gate: Gate) -> Client:
    peer = request.client.host if request.client is not None else None
    names = (FORWARDED_FOR, FORWARDED_PROTO)
    headers = {name: ",".join(request.headers.getlist(name)) for name in names}
    scheme = {"ws": "http", "wss": "https"}.get(request.url.scheme, request.url.scheme)
    return gate.proxies.client(peer, scheme, headers)
