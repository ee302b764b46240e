"""The recorded network of four, and blocks that its members, or others whose keys the tests have, sign anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from payport import _native
from payport.proof.commitment import commitment_hash
from payport.proof.light_block import (
    BlockId,
    Commit,
    Header,
    LightBlock,
    Validator,
    Vote,
    address,
    decode_light_block,
    header_hash,
    sign_bytes,
    validators_hash,
)
from payport.proof.trust import TrustedValidator, ValidatorSet, decode_trust

if TYPE_CHECKING:
    from collections.abc import Mapping

RECORDED: Final = json.loads((Path(__file__).parent / "finality/data/cometbft.json").read_text(encoding="utf-8"))
"""What ``tools/record_consortium.py`` wrote."""

TRUST: Final = decode_trust(json.dumps(RECORDED["trust"]).encode())
"""The recorded network's founders: the members 0 to 3, with a power of 1 each."""

FOUR: Final = dict.fromkeys(range(4), 1)
"""Their powers by their numbers."""

VOTE_TIME_NS: Final = 1_790_000_000_123_456_789


class Proof(NamedTuple):
    """One recorded block."""

    payload: bytes
    commitment: bytes
    receipt: bytes


def recorded(name: str) -> Proof:
    return Proof(*(bytes.fromhex(RECORDED[name][field]) for field in Proof._fields))


def seed(number: int) -> bytes:
    """Return the seed of a member of the recorded network; of a stranger, where the number is above 3."""
    return bytes([number + 1]) * 32


def key(number: int) -> bytes:
    return _native.public_key_ed25519(seed(number))


def trusted(from_height: int, powers: Mapping[int, int]) -> ValidatorSet:
    """Return what a trust file says of validators, whose powers are given by their numbers."""
    members = (TrustedValidator(f"bank-{number}", key(number), power) for number, power in powers.items())
    return ValidatorSet(from_height, tuple(members))


def header(commitment: bytes, height: int) -> Header:
    """Return a header over a commitment; the rest is as in a recorded one."""
    block = decode_light_block(recorded("everybody").payload)
    return block.header._replace(height=height, app_hash=commitment_hash(commitment))


def signed(
    unsigned: Header,
    powers: Mapping[int, int],
    votes: str = "",
    *,
    commit_round: int = 0,
    vote_time_ns: int = VOTE_TIME_NS,
) -> LightBlock:
    """Return a header that names validators, and their votes for it; ``powers`` are by their numbers.

    ``votes`` has a letter a place: ``+`` for the block, ``-`` for none, ``.`` for a vote that is left out.
    """
    numbers = sorted(powers, key=lambda number: (-powers[number], address(key(number))))
    validators = tuple(Validator(key(number), powers[number]) for number in numbers)
    named = unsigned._replace(validators_hash=validators_hash(validators))
    parts_hash = bytes(range(32))
    block_id = BlockId(header_hash(named), 1, parts_hash)
    cast: list[Vote | None] = []
    for number, letter in zip(numbers, votes or "+" * len(numbers), strict=True):
        message = sign_bytes(
            named.chain_id, named.height, commit_round, block_id if letter == "+" else None, vote_time_ns
        )
        vote = Vote(letter == "+", vote_time_ns, _native.sign_ed25519(seed(number), message))
        cast.append(None if letter == "." else vote)
    return LightBlock(named, Commit(commit_round, 1, parts_hash, tuple(cast)), validators)
