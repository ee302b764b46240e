"""The trust file: what a verifier takes for granted about one network, and nothing else.

It is JSON, so that people can read what they trust: ``{"format": "payport-trust/1", "chain_id", "genesis_hash",
"embedded_keys": [...], "webauthn": {"rp_ids": [...], "origins": [...]}}``, hashes and keys in lower-case hexadecimal.
"""

from __future__ import annotations

import json
import re
from typing import Final, NamedTuple

from payport.values.hashing import HASH_BYTES
from payport.values.refusals import RefusalClass, RefusalCode
from payport.values.signatures.contract import WebAuthnPolicy

FORMAT: Final = "payport-trust/1"
"""Value of the member ``format``."""

MAX_TRUST_BYTES: Final = 256 * 1024
"""A trust file; each validator key takes 70 bytes."""

CHAIN_PREFIX_DIGITS: Final = 16
"""Hexadecimal digits of the genesis hash at the end of a chain id."""

MALFORMED_TRUST: Final = RefusalCode(
    "malformed_trust",
    RefusalClass.MALFORMED,
    "The trust file is not what its format asks for.",
    "信任文件格式不正确。",
)
"""Raised for a trust file that cannot be read."""

REFUSALS: Final = (MALFORMED_TRUST,)
"""Refusals of this module."""

_CHAIN_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,30}-[0-9a-f]{16}")
_TEXT: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,256}")
_HASH: Final = re.compile(r"[0-9a-f]{64}")


class Trust(NamedTuple):
    """What a verifier trusts."""

    chain_id: str
    """The network; ends in the first 8 bytes of the genesis hash."""
    genesis_hash: bytes
    """Hash of the genesis document."""
    embedded_keys: tuple[bytes, ...]
    """Ed25519 keys with which the operator's node signs commitments (``embedded/1``)."""
    webauthn: WebAuthnPolicy
    """Relying parties and origins whose assertions count."""


def encode_trust(trust: Trust) -> bytes:
    """Write a trust file."""
    members = {
        "format": FORMAT,
        "chain_id": trust.chain_id,
        "genesis_hash": trust.genesis_hash.hex(),
        "embedded_keys": [key.hex() for key in trust.embedded_keys],
        "webauthn": {"rp_ids": list(trust.webauthn.rp_ids), "origins": list(trust.webauthn.origins)},
    }
    return (json.dumps(members, indent=2, ensure_ascii=False) + "\n").encode()


def decode_trust(data: bytes) -> Trust:
    """Read a trust file strictly; raises ``malformed_trust``."""
    if len(data) > MAX_TRUST_BYTES:
        MALFORMED_TRUST.refuse(f"{len(data)} bytes, at most {MAX_TRUST_BYTES}")
    try:
        document = json.loads(data.decode(), object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError) as error:
        MALFORMED_TRUST.refuse(str(error)[:200])
    members = _members(document, ("format", "chain_id", "genesis_hash", "embedded_keys", "webauthn"))
    if members["format"] != FORMAT:
        MALFORMED_TRUST.refuse(f"format is not {FORMAT}")
    chain_id, genesis_hash = members["chain_id"], _hash(members["genesis_hash"])
    if not isinstance(chain_id, str) or not _CHAIN_ID.fullmatch(chain_id):
        MALFORMED_TRUST.refuse("chain_id is not a chain id")
    if chain_id[-CHAIN_PREFIX_DIGITS:] != genesis_hash.hex()[:CHAIN_PREFIX_DIGITS]:
        MALFORMED_TRUST.refuse("chain_id does not end in the first 8 bytes of genesis_hash")
    webauthn = _members(members["webauthn"], ("rp_ids", "origins"))
    return Trust(
        chain_id=chain_id,
        genesis_hash=genesis_hash,
        embedded_keys=tuple(_hash(key) for key in _texts(members["embedded_keys"])),
        webauthn=WebAuthnPolicy(tuple(_texts(webauthn["rp_ids"])), tuple(_texts(webauthn["origins"]))),
    )


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        MALFORMED_TRUST.refuse("a member appears twice")
    return members


def _members(value: object, names: tuple[str, ...]) -> dict[str, object]:
    if not isinstance(value, dict) or set(value) != set(names):
        MALFORMED_TRUST.refuse(f"expected an object with exactly the members {', '.join(names)}")
    return value


def _texts(value: object) -> list[str]:
    if not isinstance(value, list) or not all(
        isinstance(element, str) and _TEXT.fullmatch(element) for element in value
    ):
        MALFORMED_TRUST.refuse("expected an array of strings of printable ASCII")
    return value


def _hash(value: object) -> bytes:
    if not isinstance(value, str) or not _HASH.fullmatch(value):
        MALFORMED_TRUST.refuse(f"expected {2 * HASH_BYTES} lower-case hexadecimal digits")
    return bytes.fromhex(value)
