"""Which operation a path belongs to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from tocsin.model.http import Operation, Request


def templated(request: Request, operations: Sequence[Operation]) -> Request:
    """The request with the endpoint whose template its path fits."""
    for operation in operations:
        parts = re.split(r"\{[^}]*\}", operation.path)
        pattern = "[^/]+".join(map(re.escape, parts))
        if operation.method == request.method and re.fullmatch(pattern, request.path):
            return replace(request, endpoint=operation.endpoint)
    return request
