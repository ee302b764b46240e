"""The strict reader of WebAuthn's clientDataJSON.

WebAuthn fixes the serialisation: it begins with type, challenge and origin in this order and without white space;
then ``crossOrigin`` and members of later versions may follow. The beginning is compared byte by byte; the rest is
read as JSON by a small reader of our own, whose answer depends on nothing but the bytes: the depth limit of a
library's parser would depend on the caller's stack, and the ledger must give one answer everywhere.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from payport.values.signatures.contract import INVALID_SIGNATURE

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_DEPTH: Final = 4
"""Objects and arrays inside a later member; browsers write none."""

_STRING: Final = re.compile(
    rb'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"',
)
_PRIMITIVE: Final = re.compile(rb"true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_KEY: Final = re.compile(rb'"([A-Za-z0-9_-]{1,64})":')


def check(data: bytes, challenge: bytes, origins: Sequence[str]) -> None:
    """Insist on an assertion over ``challenge`` made at one of ``origins``; raises ``invalid_signature``."""
    try:
        data.decode()
    except UnicodeDecodeError:
        INVALID_SIGNATURE.refuse("clientDataJSON is not UTF-8")
    beginning = b'{"type":"webauthn.get","challenge":"' + challenge + b'","origin":'
    if not data.startswith(beginning):
        INVALID_SIGNATURE.refuse("clientDataJSON is not an assertion over this message")
    origin = _STRING.match(data, len(beginning))
    if origin is None or origin[0] not in [_quoted(allowed) for allowed in origins]:
        INVALID_SIGNATURE.refuse("the assertion was made at another origin")
    members = {b"type": b"", b"challenge": b"", b"origin": b""}
    end = _members(data, origin.end(), members, 1)
    if end != len(data):
        INVALID_SIGNATURE.refuse("bytes follow clientDataJSON")
    if members.get(b"crossOrigin", b"false") != b"false" or b"topOrigin" in members:
        INVALID_SIGNATURE.refuse("the assertion was made inside a page of another origin")


def _quoted(origin: str) -> bytes:
    """Return the origin as WebAuthn serialises it; an origin never needs an escape, and one that did never matches."""
    return b'"' + origin.encode() + b'"'


def _members(data: bytes, at: int, members: dict[bytes, bytes], depth: int) -> int:
    """Read ``,"name":value`` until the closing brace into ``members``; return the position behind it."""
    while data[at : at + 1] == b",":
        key = _KEY.match(data, at + 1)
        if key is None or key[1] in members:
            INVALID_SIGNATURE.refuse("a member of clientDataJSON is ill-formed or appears twice")
        at = _value(data, key.end(), depth)
        members[key[1]] = data[key.end() : at]
    return _closed(data, at, b"}")


def _value(data: bytes, at: int, depth: int) -> int:
    """Read one value; return the position behind it."""
    if depth > MAX_DEPTH:
        INVALID_SIGNATURE.refuse("clientDataJSON is nested too deeply")
    opening = data[at : at + 1]
    if opening == b"{":
        return _object(data, at + 1, depth)
    if opening == b"[":
        return _array(data, at + 1, depth)
    match = (_STRING if opening == b'"' else _PRIMITIVE).match(data, at)
    if match is None:
        INVALID_SIGNATURE.refuse("clientDataJSON is not JSON")
    return match.end()


def _object(data: bytes, at: int, depth: int) -> int:
    members: dict[bytes, bytes] = {}
    key = _KEY.match(data, at)
    if key is None:
        return _closed(data, at, b"}")
    at = _value(data, key.end(), depth + 1)
    members[key[1]] = b""
    return _members(data, at, members, depth + 1)


def _array(data: bytes, at: int, depth: int) -> int:
    if data[at : at + 1] == b"]":
        return at + 1
    at = _value(data, at, depth + 1)
    while data[at : at + 1] == b",":
        at = _value(data, at + 1, depth + 1)
    return _closed(data, at, b"]")


def _closed(data: bytes, at: int, bracket: bytes) -> int:
    if data[at : at + 1] != bracket:
        INVALID_SIGNATURE.refuse("clientDataJSON is not JSON")
    return at + 1
