"""What the fuzzer of the port's document must be told: how MessagePack is written, who calls, and what there is.

Every request is made as somebody: most as a kind of caller the route is open to, the others as any. Who it is follows
from the request, so that the fuzzer sees the same again when it sends the same again.
"""

from __future__ import annotations

import json
import os
import re
import zlib
from typing import Any

import msgspec
import schemathesis
from litestar.routes import HTTPRoute

from payport.gateway.access.grants import ANYBODY, GRANTS
from payport.gateway.app import create_app
from payport.gateway.settings import Settings
from payport.gateway.transactions import MSGPACK

CREW: dict[str, list[str]] = json.loads(os.environ["FUZZ_CREW"])
"""Tokens of each caller, by kind; a member of staff's kind is the role."""

SPENT: dict[str, str] = json.loads(os.environ["FUZZ_SPENT"])
"""Tokens of those who may end themselves, likewise."""

KNOWN: dict[str, list[str]] = json.loads(os.environ["FUZZ_KNOWN"])
"""What there is, by the name of the path's parameter."""

ENDING = {("DELETE", "/v1/sessions/current"), ("DELETE", "/v1/customers/me")}
"""Routes that end whoever calls them."""

NOBODY = "nobody"
_SETTINGS = Settings("n", "t", "sqlite:///h", "sqlite:///d", "s", "localhost", ("http://localhost",))


def _open_to() -> dict[tuple[str, str], list[str]]:
    found = {}
    for route in create_app(_SETTINGS).routes:
        if not isinstance(route, HTTPRoute):
            continue
        path = re.sub(r":[a-z]+\}", "}", route.path)
        for handler in route.route_handlers:
            grants = handler.opt.get(GRANTS, (ANYBODY,))
            kinds = [kind for grant in grants for kind in (sorted(grant.roles) or [grant.kind.value])]
            found |= {(method, path): kinds for method in handler.http_methods}
    return found


OPEN_TO = _open_to()


def _turn(case: Any) -> int:
    """Return a number that is the same for the same request."""
    shown = (case.method, case.path_parameters, case.query, case.body)
    return zlib.crc32(repr(shown).encode("utf-8", "surrogatepass"))


def _token(case: Any) -> str | None:
    """Return what the request shows; ``None`` for nothing."""
    route, turn = (case.method, case.operation.path), _turn(case)
    crew = CREW
    if route in ENDING:
        crew = {**{kind: [] for kind in (NOBODY,)}, **{kind: [token] for kind, token in SPENT.items()}}
    kinds = sorted(crew)
    if turn % 4:
        kinds = [kind for kind in OPEN_TO.get(route, [NOBODY]) if kind in crew] or kinds
    pool = crew[kinds[turn // 4 % len(kinds)]]
    return pool[turn // 64 % len(pool)] if pool else None


@schemathesis.auth(refresh_interval=None)
class Somebody:
    """Shows a token."""

    def get(self, case: Any, _context: Any) -> str | None:
        return _token(case)

    def set(self, case: Any, data: str, _context: Any) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(_context: Any, case: Any, _options: Any) -> None:
    """Name what there is instead of what there is not, where the name has the right form and nothing is removed."""
    if case.method == "DELETE":
        return
    for name, value in (case.path_parameters or {}).items():
        there = KNOWN.get(name)
        if there and isinstance(value, str) and re.fullmatch("[0-9a-f]{32}|[0-9a-f]{64}", value):
            case.path_parameters[name] = there[zlib.crc32(value.encode()) % len(there)]


@schemathesis.serializer(MSGPACK)
def to_msgpack(_context: Any, value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        return msgspec.msgpack.encode(value, enc_hook=str)
    except OverflowError:
        return repr(value).encode()


@schemathesis.deserializer(MSGPACK)
def from_msgpack(_context: Any, response: Any) -> Any:
    return response.content.decode("latin-1")
