"""Access tokens: how a holder shows the port that an account is his to read."""

from __future__ import annotations

import base64

from tools.vector_form import code_of

from payport.ledger import examples
from payport.values import access

ABOUT = (
    "token = unpadded URL-safe base64 of account || expiry (8 bytes, big-endian, ms) || HMAC-SHA256(view key, "
    "tag (access) || chain id || 00 || account || expiry)."
)

_VIEW_KEY = b"v" * 32
_NOW_MS = examples.TIME_MS


def make() -> dict[str, object]:
    """Return the vectors."""
    token = _token(_NOW_MS + 60_000)
    refused = {
        "expired": _token(_NOW_MS - 1),
        "too far in the future": _token(_NOW_MS + access.MAX_TOKEN_LIFE_MS + 1),
        "another view key": access.make_token(examples.CHAIN_ID, examples.ALICE, bytes(32), _NOW_MS),
        "another account": _changed(token, 0),
        "another expiry": _changed(token, 23),
        "another network": access.make_token("other-0011223344556677", examples.ALICE, _VIEW_KEY, _NOW_MS),
        "a character too few": token[:-1],
        "padded": token + "=",
        "the other base64 alphabet": "+" + token[1:],
        "nothing": "",
    }
    return {
        "chain_id": examples.CHAIN_ID,
        "account": examples.ALICE.hex(),
        "view_key": _VIEW_KEY.hex(),
        "now_ms": _NOW_MS,
        "valid": [
            {"expires_at_ms": each, "token": _token(each)}
            for each in (_NOW_MS, _NOW_MS + 60_000, _NOW_MS + access.MAX_TOKEN_LIFE_MS)
        ],
        "refused": [{"name": name, "token": text, "code": code_of(_accept, text)} for name, text in refused.items()],
    }


def _token(expires_at_ms: int) -> str:
    return access.make_token(examples.CHAIN_ID, examples.ALICE, _VIEW_KEY, expires_at_ms)


def _changed(token: str, at: int) -> str:
    data = bytearray(base64.urlsafe_b64decode(token + "="))
    data[at] ^= 1
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _accept(text: str) -> None:
    access.require_holder(access.read_token(text, _NOW_MS), examples.CHAIN_ID, _VIEW_KEY)
