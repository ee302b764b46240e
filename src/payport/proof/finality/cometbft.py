"""``cometbft/1``: validators with more than two thirds of the voting power signed the block after.

CometBFT puts the hash of a block's commitment, as application hash, into the header of the block after. The payload is
that header, the precommits for it, and the validators who cast them, as :mod:`payport.proof.light_block` writes them.
CometBFT's heights are its own: it counts blocks that left the ledger as it was, too.

The proof holds where every signature in it verifies and more than two thirds of the power voted for the block twice
over: of the set the header itself names, and of the set the trust file has for that height. A set of the trust file
counts from its height to the next set's, so a set that was replaced proves no later block, whoever holds its keys by
then. What an earlier set alone proves is marked historical: it was final then, and those who said so may answer for
nothing any more.

A signature may be left out of a payload as long as enough power remains; no other byte can change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.proof.commitment import commitment_hash
from payport.proof.finality.contract import FINALITY_INVALID, Finding
from payport.proof.light_block import (
    BlockId,
    LightBlock,
    decode_light_block,
    encode_light_block,
    header_hash,
    sign_bytes,
    validators_hash,
)
from payport.proof.trust import TrustedValidator, ValidatorSet
from payport.values.refusals import RefusalClass, RefusalCode
from payport.values.signatures import pure
from payport.values.signatures.contract import ED25519, Primitive

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payport.proof.finality.contract import Backend
    from payport.proof.light_block import Commit, Header, Validator
    from payport.proof.trust import Trust

TAG: Final = "cometbft/1"
"""Tag in the receipt."""

BINDS_EN: Final = "binds the institutions that voted, with more than two thirds of the voting power"
"""Whom the proof binds, in English."""

BINDS_ZH: Final = "约束投票的各机构，其投票权合计超过三分之二"
"""Whom the proof binds, in simplified Chinese."""

TOO_LITTLE_POWER: Final = RefusalCode(
    "too_little_power",
    RefusalClass.UNAUTHORISED,
    "Validators with two thirds of the voting power or less signed the block.",
    "签署该区块的验证人投票权未超过三分之二。",
)
"""Raised where the votes for the block do not suffice, of the header's validators or of the trusted ones."""

UNKNOWN_VALIDATOR: Final = RefusalCode(
    "unknown_validator",
    RefusalClass.UNAUTHORISED,
    "The block is signed by validators the trust file does not name for its height.",
    "该区块由信任文件未列为该高度验证人的密钥签署。",
)
"""Raised where enough power voted, but not of validators the trust file knows."""

REFUSALS: Final = (UNKNOWN_VALIDATOR, TOO_LITTLE_POWER)
"""Refusals of this module, in order of precedence; wrong chain, form and signatures come first."""

UNNAMED_DIGITS: Final = 16
"""Hexadecimal digits of a key that stand for an institution whose name is not known."""


def encode_payload(header: Header, commit: Commit, validators: tuple[Validator, ...]) -> bytes:
    """Return the payload of a proof of block H: header H+1, its commit, and the validators of height H+1."""
    return encode_light_block(LightBlock(header, commit, validators))


def verify(payload: bytes, commitment: bytes, trust: Trust, backend: Backend = pure.verify) -> Finding:
    """Check header, votes and power.

    Raises ``malformed_receipt``, ``wrong_chain``, ``finality_invalid``, ``unknown_validator`` or ``too_little_power``.
    """
    block = decode_light_block(payload)
    trust.require_chain(block.header.chain_id)
    if block.header.app_hash != commitment_hash(commitment):
        FINALITY_INVALID.refuse("the header holds another commitment")
    voters = _voters(block, backend)
    trusted = _set_at(trust, block.header.height)
    _require_power(block, voters, trusted)
    institutions = tuple(member.institution for member in trusted.members if member.public_key in voters)
    return Finding(institutions, historical=not _suffices(trust.validators[-1], voters))


def brought_forward(
    trust: Trust, payload: bytes, institutions: Mapping[bytes, str] | None = None, backend: Backend = pure.verify
) -> Trust:
    """Return the trust that also names the validators of a proof; needs no network and no commitment.

    More than two thirds of the newest trusted set's power must have voted for the proof's header, as in :func:`verify`:
    those trusted so far then vouch for the new set. ``institutions`` names those who run keys the newest set does not
    hold; a key in neither is called by its first digits. Trust is returned as it is where the proof holds no other set.
    Raises what :func:`verify` raises, and ``finality_invalid`` for a proof older than the newest set.
    """
    block = decode_light_block(payload)
    trust.require_chain(block.header.chain_id)
    newest = _set_at(trust, block.header.height)
    if newest != trust.validators[-1]:
        FINALITY_INVALID.refuse(f"header {block.header.height} is older than the newest trusted validators")
    _require_power(block, _voters(block, backend), newest)
    names = dict(institutions or {}) | {member.public_key: member.institution for member in newest.members}
    members = tuple(
        TrustedValidator(names.get(key, f"key-{key.hex()[:UNNAMED_DIGITS]}"), key, power)
        for key, power in block.validators
    )
    if set(members) == set(newest.members):
        return trust
    if block.header.height == newest.from_height:
        FINALITY_INVALID.refuse(f"the trust file names other validators from height {newest.from_height} on")
    return trust._replace(validators=(*trust.validators, ValidatorSet(block.header.height, members)))


def _set_at(trust: Trust, height: int) -> ValidatorSet:
    """Return the set the trust file has for a height."""
    sets = [each for each in trust.validators if each.from_height <= height]
    if not sets:
        UNKNOWN_VALIDATOR.refuse(f"the trust file names no validators of height {height}")
    return sets[-1]


def _voters(block: LightBlock, backend: Backend) -> dict[bytes, int]:
    """Check validators and every signature; return the power of those who voted for the block, by their keys."""
    header, commit = block.header, block.commit
    if header.validators_hash != validators_hash(block.validators):
        FINALITY_INVALID.refuse("the header names other validators")
    block_id = BlockId(header_hash(header), commit.part_count, commit.parts_hash)
    voters = {}
    for validator, vote in zip(block.validators, commit.votes, strict=True):
        if vote is None:
            continue
        voted_for = block_id if vote.for_block else None
        message = sign_bytes(header.chain_id, header.height, commit.round, voted_for, vote.time_ns)
        if not backend(Primitive(ED25519, validator.public_key, message, vote.signature)):
            FINALITY_INVALID.refuse(f"the signature of validator {validator.public_key.hex()} does not verify")
        if vote.for_block:
            voters[validator.public_key] = validator.power
    return voters


def _require_power(block: LightBlock, voters: dict[bytes, int], trusted: ValidatorSet) -> None:
    """Insist on more than two thirds of the header's own set, and of the trusted set."""
    total = sum(validator.power for validator in block.validators)
    if not _is_enough(sum(voters.values()), total):
        TOO_LITTLE_POWER.refuse(f"{sum(voters.values())} of {total}")
    if _suffices(trusted, voters):
        return
    unknown = sorted(voters.keys() - {member.public_key for member in trusted.members})
    if unknown:
        UNKNOWN_VALIDATOR.refuse(f"{unknown[0].hex()} at height {block.header.height}")
    TOO_LITTLE_POWER.refuse(f"{_power_of(trusted, voters)} of {trusted.power} trusted")


def _suffices(trusted: ValidatorSet, voters: dict[bytes, int]) -> bool:
    return _is_enough(_power_of(trusted, voters), trusted.power)


def _power_of(trusted: ValidatorSet, voters: dict[bytes, int]) -> int:
    """Return the trusted power of those who voted: what the trust file says counts, not what the proof says."""
    return sum(member.power for member in trusted.members if member.public_key in voters)


def _is_enough(power: int, total: int) -> bool:
    """Tell whether ``power`` is strictly more than two thirds of ``total``."""
    return 3 * power > 2 * total
