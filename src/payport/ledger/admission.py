"""Reading what arrives: form, limits and each verb's own check.

It looks at no state, so its answer is the same on every node.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from payport import _native
from payport.ledger.protocol import PROTOCOL_VERSION
from payport.ledger.registry import Verb, verbs
from payport.ledger.state import ids
from payport.proof.trust import WRONG_CHAIN
from payport.values import codec, envelopes
from payport.values.hashing import Tag
from payport.values.limits import MAX_BLOCK_BYTES, MAX_GROUP_MEMBERS, MAX_VALIDITY_LONG_MS
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Sequence

UNKNOWN_KIND: Final = RefusalCode(
    "unknown_kind", RefusalClass.MALFORMED, "No such kind or version of transaction exists.", "未知的交易类型或版本。"
)
"""The kind is not in the registry."""

INVALID_VALIDITY: Final = RefusalCode(
    "invalid_validity",
    RefusalClass.MALFORMED,
    "Valid-until must lie after valid-from, and at most 24 hours.",
    "有效期无效：截止时间须晚于起始时间且不超过24小时。",
)
"""The window is empty or longer than any key may use."""

GROUP_INCOMPLETE: Final = RefusalCode(
    "group_incomplete",
    RefusalClass.MALFORMED,
    "The transaction belongs to a group and may only execute inside exactly that group.",
    "该交易属于一个交易组，只能在该完整组内执行。",
)
"""A member that names a group came alone, or with other members."""

GROUP_UNBOUND: Final = RefusalCode(
    "group_unbound", RefusalClass.MALFORMED, "No member of the group names the group.", "组内没有成员声明该交易组。"
)
"""Several transactions came as a group that none of them binds to."""

GROUP_TOO_LARGE: Final = RefusalCode(
    "group_too_large", RefusalClass.MALFORMED, f"A group has 1 to {MAX_GROUP_MEMBERS} members.", "交易组成员数量超限。"
)
"""Too many members, or none."""

GROUP_REPEATS_MEMBER: Final = RefusalCode(
    "group_repeats_member", RefusalClass.MALFORMED, "A group names the same transaction twice.", "交易组包含重复成员。"
)
"""Two members have the same id."""

REFUSALS: Final = (
    GROUP_TOO_LARGE,
    envelopes.ENVELOPE_TOO_LARGE,
    codec.MALFORMED_BYTES,
    WRONG_CHAIN,
    UNKNOWN_KIND,
    INVALID_VALIDITY,
    GROUP_REPEATS_MEMBER,
    GROUP_INCOMPLETE,
    GROUP_UNBOUND,
)
"""Refusals of this module, in order of precedence."""


class Member(msgspec.Struct, frozen=True, gc=False):
    """One transaction that is well-formed."""

    encoded: bytes
    """Envelope as it travelled."""
    envelope: envelopes.Envelope
    """Decoded envelope."""
    transaction_id: bytes
    """Its id."""
    signatures_hash: bytes
    """Tagged hash of its signatures array, as its outcome leaf binds it."""
    verb: Verb
    """Its verb."""
    transaction: Any
    """Its decoded body."""
    id_place: bytes
    """Where its id is remembered; see :func:`payport.ledger.state.ids.place`."""


class Item(msgspec.Struct, frozen=True, gc=False):
    """A transaction or group that is well-formed."""

    members: tuple[Member, ...]
    """In order of execution."""
    envelopes: tuple[bytes, ...]
    """The envelopes as they travelled."""
    size_bytes: int
    """Bytes it takes in a block."""


class _Head(msgspec.Struct, array_like=True):
    """The two elements that decide how the rest is read."""

    chain_id: str
    kind: str


HEAD_DECODER: Final = msgspec.msgpack.Decoder(_Head)
_TRANSACTION_TAG: Final = Tag.TRANSACTION.value
_SIGNATURES_TAG: Final = Tag.SIGNATURES.value


def read_member(chain_id: str, encoded: bytes, protocol: int = PROTOCOL_VERSION) -> Member:
    """Decode one envelope and check it by itself; refusals in the order of :data:`REFUSALS`, then the verb's.

    ``protocol`` is the version of the rules: what came later is not known.
    """
    scanned = _native.scan_envelope(encoded, _TRANSACTION_TAG, _SIGNATURES_TAG)
    envelope = envelopes.read_envelope(encoded, known_canonical=scanned is not None)
    head = codec.decode_with(HEAD_DECODER, envelope.body)
    if head.chain_id != chain_id:
        WRONG_CHAIN.refuse(head.chain_id[:64])
    verb = verbs().get(head.kind)
    if verb is None or verb.since > protocol:
        UNKNOWN_KIND.refuse(head.kind[:64])
    transaction = codec.decode_with(verb.decoder, envelope.body)
    if scanned is None and codec.encode(transaction) != envelope.body:
        codec.MALFORMED_BYTES.refuse("not the canonical encoding")
    if not 0 < transaction.valid_until_ms - transaction.valid_from_ms <= MAX_VALIDITY_LONG_MS:
        INVALID_VALIDITY.refuse()
    verb.check(transaction)
    if scanned is None:
        scanned = envelopes.transaction_id(envelope.body), envelopes.signatures_hash(envelope.signatures)
    id_place = ids.place(scanned[0], transaction.valid_until_ms)
    return Member(encoded, envelope, *scanned, verb, transaction, id_place)


def read_item(chain_id: str, encoded: Sequence[bytes], protocol: int = PROTOCOL_VERSION) -> Item:
    """Decode a transaction or group under a version of the rules; raises a refusal of this module or of a verb."""
    size_bytes = sum(map(len, encoded))
    if not 1 <= len(encoded) <= MAX_GROUP_MEMBERS or size_bytes > MAX_BLOCK_BYTES:
        GROUP_TOO_LARGE.refuse(f"{len(encoded)} members")
    members = tuple([read_member(chain_id, each, protocol) for each in encoded])
    item = Item(members, tuple(encoded), size_bytes)
    if len(members) == 1 and members[0].transaction.group is None:
        return item
    if len({member.transaction_id for member in members}) != len(members):
        GROUP_REPEATS_MEMBER.refuse()
    named = {member.transaction.group for member in members} - {None}
    if not named:
        GROUP_UNBOUND.refuse()
    if len(members) == 1 or named != {envelopes.group_hash([member.envelope.body for member in members])}:
        GROUP_INCOMPLETE.refuse()
    return item
