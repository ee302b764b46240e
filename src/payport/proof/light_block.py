"""A header of CometBFT, the votes for it and the validators who cast them, as CometBFT encodes, hashes and signs them.

The rules are those of CometBFT 0.40 (``types/block.go``, ``types/canonical.go``, ``types/validator_set.go``): Protocol
Buffers in which a field of its zero value is left out, except for embedded messages that may not be missing; Merkle
trees of RFC 6962. In the payload of a proof the same values are one canonical MessagePack array:
``[header, commit, validators]``, each an array of the fields of its record below, in their order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from payport.proof import elements, merkle, messagepack
from payport.proof.messagepack import MALFORMED_RECEIPT
from payport.values.hashing import HASH_BYTES, SUITES
from payport.values.signatures.contract import PRIMITIVE_SIGNATURE_BYTES
from payport.values.signatures.ed25519 import PUBLIC_KEY_BYTES

if TYPE_CHECKING:
    from payport.proof.messagepack import Value

MAX_VALIDATORS: Final = 256
"""Validators of one network: CometBFT's votes travel between all of them, and a verifier checks each signature."""

MAX_PAYLOAD_BYTES: Final = 40 * 1024
"""Header and commit: 256 validators take 122 bytes each, the header 500."""

MAX_TIME_NS: Final = 2**63 - 1
"""Latest time of a header or vote, in nanoseconds since the Unix epoch: the year 2262."""

ADDRESS_BYTES: Final = 20
"""Length of a validator's address: the first bytes of the hash of its public key."""

NANOSECONDS: Final = 1_000_000_000
"""Nanoseconds of a second."""

_MAX_UINT32: Final = 2**32 - 1
_MAX_INT32: Final = 2**31 - 1
_MAX_VARINT_BYTE: Final = 0x7F
_PRECOMMIT: Final = 2
_VARINT, _FIXED64, _LENGTH_DELIMITED = 0, 1, 2


class BlockId(NamedTuple):
    """Names a block by its header and by the parts it travels in."""

    block_hash: bytes
    """Hash of the header, 32 bytes; empty before the first block."""
    part_count: int
    """Number of parts."""
    parts_hash: bytes
    """Merkle root over the parts, 32 bytes; empty before the first block."""


class Header(NamedTuple):
    """Header of a CometBFT block."""

    block_version: int
    """Version of the block format."""
    app_version: int
    """Version the application declares."""
    chain_id: str
    """The network."""
    height: int
    """Height of the block; 1 is the first."""
    time_ns: int
    """Time, in nanoseconds since the Unix epoch."""
    last_block_id: BlockId
    """The block before."""
    last_commit_hash: bytes
    """Merkle root over the votes for the block before."""
    data_hash: bytes
    """Merkle root over the block's transactions."""
    validators_hash: bytes
    """Merkle root over the validators who vote on this block."""
    next_validators_hash: bytes
    """Merkle root over the validators of the next block."""
    consensus_hash: bytes
    """Hash of the consensus parameters."""
    app_hash: bytes
    """What the application answered for the block before: the hash of its commitment."""
    last_results_hash: bytes
    """Merkle root over the results of the block before."""
    evidence_hash: bytes
    """Merkle root over the evidence of misbehaviour."""
    proposer_address: bytes
    """Address of the validator who proposed the block, 20 bytes."""


_FIRST_HASH: Final = Header._fields.index("last_commit_hash")
_PROPOSER: Final = Header._fields.index("proposer_address")
_REQUIRED: Final = ("validators_hash", "next_validators_hash", "consensus_hash", "app_hash")


class Vote(NamedTuple):
    """One validator's precommit."""

    for_block: bool
    """Whether it is for the block; otherwise it is for no block."""
    time_ns: int
    """When the validator voted, by its clock, in nanoseconds since the Unix epoch."""
    signature: bytes
    """Ed25519 signature over :func:`sign_bytes`, 64 bytes."""


class Commit(NamedTuple):
    """The precommits of one round. Its height, and the hash of its block, are those of the header."""

    round: int
    """Round of the votes; 0 is the first."""
    part_count: int
    """Number of parts the block travelled in."""
    parts_hash: bytes
    """Merkle root over the parts, 32 bytes."""
    votes: tuple[Vote | None, ...]
    """The vote of each validator, in the order of the validators; nil where none was received."""


class Validator(NamedTuple):
    """One who votes."""

    public_key: bytes
    """Ed25519 public key, 32 bytes."""
    power: int
    """Voting power, at least 1."""


class LightBlock(NamedTuple):
    """A header, the commit for it, and the validators whose votes the commit holds."""

    header: Header
    """The header."""
    commit: Commit
    """The votes for it."""
    validators: tuple[Validator, ...]
    """The validators of the header's height, in CometBFT's order: by falling power, then by address."""


def encode_light_block(block: LightBlock) -> bytes:
    """Encode the payload of a proof."""
    assert len(block.commit.votes) == len(block.validators), "one vote, or nil, for each validator"
    assert 0 < len(block.validators) <= MAX_VALIDATORS, "at least one validator, and not more than a verifier reads"
    return messagepack.encode(block)


def decode_light_block(data: bytes) -> LightBlock:
    """Read the payload of a proof strictly; raises ``malformed_receipt``."""
    if len(data) > MAX_PAYLOAD_BYTES:
        MALFORMED_RECEIPT.refuse(f"a finality proof of {len(data)} bytes, at most {MAX_PAYLOAD_BYTES}")
    header, commit, validators = elements.array(messagepack.decode(data), "the finality proof", 3)
    block = LightBlock(
        _read_header(header),
        _read_commit(commit),
        tuple(_read_validator(each) for each in elements.array(validators, "the validators")),
    )
    if not 0 < len(block.validators) <= MAX_VALIDATORS:
        MALFORMED_RECEIPT.refuse(f"{len(block.validators)} validators, at most {MAX_VALIDATORS}")
    if len({validator.public_key for validator in block.validators}) != len(block.validators):
        MALFORMED_RECEIPT.refuse("a validator appears twice")
    if len(block.commit.votes) != len(block.validators):
        MALFORMED_RECEIPT.refuse(f"{len(block.commit.votes)} votes of {len(block.validators)} validators")
    return block


def header_hash(header: Header) -> bytes:
    """Return the hash of a header, as validators sign it."""
    return merkle.root(
        (
            _number(1, header.block_version) + _number(2, header.app_version),
            _bytes(1, header.chain_id.encode()),
            _number(1, header.height),
            _timestamp(header.time_ns),
            _block_id(header.last_block_id),
            _bytes(1, header.last_commit_hash),
            _bytes(1, header.data_hash),
            _bytes(1, header.validators_hash),
            _bytes(1, header.next_validators_hash),
            _bytes(1, header.consensus_hash),
            _bytes(1, header.app_hash),
            _bytes(1, header.last_results_hash),
            _bytes(1, header.evidence_hash),
            _bytes(1, header.proposer_address),
        )
    )


def validators_hash(validators: tuple[Validator, ...]) -> bytes:
    """Return the hash of a validator set, as a header names it."""
    return merkle.root(
        [_message(1, _bytes(1, validator.public_key)) + _number(2, validator.power) for validator in validators]
    )


def sign_bytes(chain_id: str, height: int, commit_round: int, block_id: BlockId | None, time_ns: int) -> bytes:
    """Return what a validator signs in a precommit; ``block_id`` is ``None`` in a vote for no block."""
    vote = (
        _number(1, _PRECOMMIT)
        + _fixed(2, height)
        + _fixed(3, commit_round)
        + (b"" if block_id is None else _message(4, _block_id(block_id)))
        + _message(5, _timestamp(time_ns))
        + _bytes(6, chain_id.encode())
    )
    return _varint(len(vote)) + vote


def address(public_key: bytes) -> bytes:
    """Return a validator's address."""
    return SUITES["sha256"](public_key)[:ADDRESS_BYTES]


def _block_id(block_id: BlockId) -> bytes:
    parts = _number(1, block_id.part_count) + _bytes(2, block_id.parts_hash)
    return _bytes(1, block_id.block_hash) + _message(2, parts)


def _timestamp(time_ns: int) -> bytes:
    seconds, nanoseconds = divmod(time_ns, NANOSECONDS)
    return _number(1, seconds) + _number(2, nanoseconds)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3 | _VARINT) + _varint(value) if value else b""


def _fixed(field: int, value: int) -> bytes:
    return _varint(field << 3 | _FIXED64) + value.to_bytes(8, "little") if value else b""


def _bytes(field: int, value: bytes) -> bytes:
    return _message(field, value) if value else b""


def _message(field: int, value: bytes) -> bytes:
    """Write an embedded message, which CometBFT writes even where it is empty."""
    return _varint(field << 3 | _LENGTH_DELIMITED) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > _MAX_VARINT_BYTE:
        out.append(value & _MAX_VARINT_BYTE | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _read_header(value: Value) -> Header:
    fields = elements.array(value, "the header", len(Header._fields))
    block_version, app_version, chain_id, height, time_ns, last_block_id, *hashes, proposer = fields
    names = Header._fields[_FIRST_HASH:_PROPOSER]
    return Header._make(
        (
            elements.natural(block_version, "the block version"),
            elements.natural(app_version, "the application version"),
            elements.text(chain_id, "the chain id"),
            elements.natural(height, "the height"),
            _time(time_ns, "the header's time"),
            _read_block_id(last_block_id),
            *(_hash(each, name, required=name in _REQUIRED) for each, name in zip(hashes, names, strict=True)),
            elements.binary(proposer, "the proposer's address", ADDRESS_BYTES),
        )
    )


def _read_block_id(value: Value) -> BlockId:
    block_hash, part_count, parts_hash = elements.array(value, "the last block id", len(BlockId._fields))
    return BlockId(
        _hash(block_hash, "the last block's hash", required=False),
        _bounded(part_count, "the number of parts", _MAX_UINT32),
        _hash(parts_hash, "the last block's parts hash", required=False),
    )


def _read_commit(value: Value) -> Commit:
    commit_round, part_count, parts_hash, votes = elements.array(value, "the commit", len(Commit._fields))
    return Commit(
        _bounded(commit_round, "the round", _MAX_INT32),
        _bounded(part_count, "the number of parts", _MAX_UINT32),
        _hash(parts_hash, "the parts hash", required=True),
        tuple(None if vote is None else _read_vote(vote) for vote in elements.array(votes, "the votes")),
    )


def _read_vote(value: Value) -> Vote:
    for_block, time_ns, signature = elements.array(value, "a vote", len(Vote._fields))
    if not isinstance(for_block, bool):
        MALFORMED_RECEIPT.refuse("a vote does not say whether it is for the block")
    return Vote(
        for_block, _time(time_ns, "a vote's time"), elements.binary(signature, "a signature", PRIMITIVE_SIGNATURE_BYTES)
    )


def _read_validator(value: Value) -> Validator:
    public_key, power = elements.array(value, "a validator", len(Validator._fields))
    if power == 0:
        MALFORMED_RECEIPT.refuse("a validator without power")
    return Validator(
        elements.binary(public_key, "a validator's key", PUBLIC_KEY_BYTES), elements.natural(power, "a power")
    )


def _hash(value: Value, what: str, *, required: bool) -> bytes:
    return elements.binary(value, what, None if value == b"" and not required else HASH_BYTES)


def _time(value: Value, what: str) -> int:
    return _bounded(value, what, MAX_TIME_NS)


def _bounded(value: Value, what: str, most: int) -> int:
    if not 0 <= (number := elements.integer(value, what)) <= most:
        MALFORMED_RECEIPT.refuse(f"{what} is not an integer of 0 to {most}")
    return number
