"""Domain tags: what is hashed or signed begins with one."""

from __future__ import annotations

from payport.values.hashing import Tag, tagged_hash

ABOUT = "hash = SHA-256(prefix || data); each prefix ends in a zero byte and none begins another."

_DATA = (b"", b"payport", bytes(range(256)))


def make() -> dict[str, object]:
    """Return the vectors."""
    return {
        "tags": [
            {
                "tag": tag.name.lower(),
                "prefix": tag.value.hex(),
                "cases": [{"data": data.hex(), "hash": tagged_hash(tag, data).hex()} for data in _DATA],
            }
            for tag in Tag
        ]
    }
