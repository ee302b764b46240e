"""LtHash and the state digest made of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from payport import _native
from payport.ledger.digest import LANES_BYTES, StateDigest
from payport.ledger.state import ids, positions, supplies
from payport.ledger.state.state import State
from payport.values import codec

if TYPE_CHECKING:
    from payport.ledger.state.state import Changes

ABOUT = (
    "An element is expanded by BLAKE3 to 1,024 little-endian lanes of 16 bits, added or subtracted lane by lane modulo "
    "2^16. The digest is the tagged hash (state) of the array of [family, bucket or -1, SHA-256 of the lanes], without "
    "empty ones, ascending; an element is the array [family, key, encoded record]."
)

_CASES: dict[str, tuple[list[bytes], list[bytes]]] = {
    "nothing": ([], []),
    "the empty element": ([b""], []),
    "one element": ([b"payport"], []),
    "two elements, in either order": ([b"a", b"b"], []),
    "an element twice": ([b"a", b"a"], []),
    "an element taken away that was not there": ([], [b"a"]),
    "an element changed": ([b"new"], [b"old"]),
    "what was added is taken away": ([b"a", b"b"], [b"b", b"a"]),
}


def make() -> dict[str, object]:
    """Return the vectors."""
    return {"lthash": [_sum(name, added, removed) for name, (added, removed) in _CASES.items()], "digest": _blocks()}


def _sum(name: str, added: list[bytes], removed: list[bytes]) -> dict[str, object]:
    lanes = _native.lthash_update(bytes(LANES_BYTES), added, removed)
    return {
        "name": name,
        "added": [each.hex() for each in added],
        "removed": [each.hex() for each in removed],
        "first_lanes": lanes[:16].hex(),
        "lanes_sha256": hashlib.sha256(lanes).hexdigest(),
    }


def _blocks() -> list[dict[str, object]]:
    """Three blocks over a few records: written, changed, deleted; one family has buckets."""
    key, two = positions.key("east", "west", "CNY"), ids.Remembered(1, 0, "committed")
    in_bucket = (7).to_bytes(8, "big") + b"i" * 32
    blocks: list[Changes] = [
        {},
        {"positions": {key: (None, positions.Position(500))}, "ids": {in_bucket: (None, two)}},
        {
            "positions": {key: (positions.Position(500), positions.Position(-20))},
            "supplies": {b"east\0CNY": (None, supplies.Supply(2**53, 1))},
        },
        {"ids": {in_bucket: (two, None)}},
    ]
    digest, made = StateDigest(State()), []
    for changes in blocks:
        digest.update(changes)
        listed = [
            {"family": family, "key": place.hex(), "before": _encoded(before), "after": _encoded(after)}
            for family, pairs in changes.items()
            for place, (before, after) in pairs.items()
        ]
        made.append({"changes": listed, "state_digest": digest.value().hex()})
    return made


def _encoded(record: object) -> str | None:
    return None if record is None else codec.encode(record).hex()
