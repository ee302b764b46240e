"""The protocol version: a number the members vote on, and a fingerprint of the rules it stands for.

A program knows the versions from 1 to :data:`PROTOCOL_VERSION`, each with its own rules: a verb, a record family or a
limit says since which version it is there. The version in force at a block is the parameter ``protocol_version``; its
fingerprint is part of every commitment, so a newer program executes old blocks as they were executed, and comes to the
same hashes.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import msgspec

from payport.ledger.registry import verbs
from payport.ledger.state.state import families
from payport.values import codec, limits
from payport.values.hashing import Tag, tagged_hash
from payport.values.refusals import RefusalClass, RefusalCode

PROTOCOL_NOT_KNOWN: Final = RefusalCode(
    "protocol_not_known",
    RefusalClass.UNAVAILABLE,
    "This program does not know these rules; exchange it first, at every member.",
    "本程序不支持该版本的规则；请先更换所有成员的程序。",
)
"""A program that executed a block by other rules would come to another ledger."""

REFUSALS: Final = (PROTOCOL_NOT_KNOWN,)
"""Refusals of this module."""

PROTOCOL_VERSION: Final = 1
"""Newest version this program knows. Raised with every change of a rule, by which both behaviours stay available."""

LIMITS_SINCE: Final[dict[str, int]] = {}
"""Version from which a constant of :mod:`payport.values.limits` counts; those not named count from the first on."""


class ProtocolUnknownError(Exception):
    """The members decided on rules that this program does not know: exchange it. It executed nothing by other rules.

    Its text begins with the code ``protocol_not_known``.
    """


def require_known(version: int, height: int) -> None:
    """Raise :class:`ProtocolUnknownError` where this program cannot execute a block by the rules in force."""
    if version > PROTOCOL_VERSION:
        needs = f"block {height} needs protocol version {version}, this program knows up to {PROTOCOL_VERSION}"
        raise ProtocolUnknownError(f"{PROTOCOL_NOT_KNOWN.code}: {needs}")


def _shape(record: type[Any]) -> list[tuple[str, str]]:
    return [(field.encode_name, str(field.type)) for field in msgspec.structs.fields(record)]


@cache
def fingerprint(version: int) -> bytes:
    """Return the hash over a version, and its verbs, refusals, record families and limits; 32 bytes."""
    described = (
        version,
        [
            (
                verb.kind,
                verb.since,
                sorted(verb.roles),
                sorted(power.value for power in verb.powers),
                [reason.code for reason in verb.refusals if verb.refusals_since.get(reason.code, 1) <= version],
                _shape(verb.record),
            )
            for verb in verbs().values()
            if verb.since <= version
        ],
        [(family.name, family.bucketed, _shape(family.record)) for family in families() if family.since <= version],
        sorted(
            (name, value)
            for name, value in vars(limits).items()
            if name.isupper() and LIMITS_SINCE.get(name, 1) <= version
        ),
    )
    return tagged_hash(Tag.PROTOCOL, codec.encode(described))
