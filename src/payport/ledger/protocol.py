"""The protocol version: a number people raise, and a fingerprint that notices when they forgot to."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import msgspec

from payport.ledger.registry import verbs
from payport.ledger.state.state import families
from payport.values import codec, limits
from payport.values.hashing import Tag, tagged_hash

PROTOCOL_VERSION: Final = 1
"""Raised with every change of a rule, by which both behaviours stay available for old blocks."""


def _shape(record: type[Any]) -> list[tuple[str, str]]:
    return [(field.encode_name, str(field.type)) for field in msgspec.structs.fields(record)]


@cache
def fingerprint() -> bytes:
    """Return the hash over version, verbs, refusals, record families and limits; 32 bytes."""
    described = (
        PROTOCOL_VERSION,
        [
            (
                verb.kind,
                verb.since,
                sorted(verb.roles),
                sorted(power.value for power in verb.powers),
                [reason.code for reason in verb.refusals],
                _shape(verb.record),
            )
            for verb in verbs().values()
        ],
        [(family.name, family.bucketed, _shape(family.record)) for family in families()],
        sorted((name, value) for name, value in vars(limits).items() if name.isupper()),
    )
    return tagged_hash(Tag.PROTOCOL, codec.encode(described))
