"""Proofs of a real network of four, recorded, and of validators who sign in the test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from payport import _native
from payport.proof.commitment import commitment_hash
from payport.proof.finality.cometbft import brought_forward, encode_payload, verify
from payport.proof.light_block import (
    BlockId,
    Commit,
    Header,
    Validator,
    Vote,
    address,
    decode_light_block,
    encode_light_block,
    header_hash,
    sign_bytes,
    validators_hash,
)
from payport.proof.trust import TrustedValidator, ValidatorSet, decode_trust
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from payport.proof.trust import Trust
    from payport.values.signatures.contract import Primitive

RECORDED = json.loads((Path(__file__).parent / "data" / "cometbft.json").read_text(encoding="utf-8"))
TRUST = decode_trust(json.dumps(RECORDED["trust"]).encode())
HEIGHT = 7


class Proof(NamedTuple):
    """One recorded block."""

    payload: bytes
    commitment: bytes


def recorded(name: str) -> Proof:
    return Proof(bytes.fromhex(RECORDED[name]["payload"]), bytes.fromhex(RECORDED[name]["commitment"]))


def natively(primitive: Primitive) -> bool:
    return _native.verify_ed25519_one(primitive.public_key, primitive.message, primitive.signature)


def refusal_of(payload: bytes, commitment: bytes, trust: Trust = TRUST) -> str:
    with pytest.raises(Refusal) as refused:
        verify(payload, commitment, trust, natively)
    return refused.value.code


@pytest.mark.parametrize(("name", "voters"), [("everybody", 4), ("one away", 3)])
def test_a_real_block(name: str, voters: int) -> None:
    payload, commitment = recorded(name)
    found = verify(payload, commitment, TRUST)
    assert (set(found.institutions) <= {f"bank-{place}" for place in range(4)}, found.historical) == (True, False)
    assert 3 <= len(found.institutions) <= voters
    assert encode_light_block(decode_light_block(payload)) == payload


def test_every_flipped_byte_fails() -> None:
    payload, commitment = recorded("one away")
    for place in range(len(payload)):
        flipped = payload[:place] + bytes([payload[place] ^ 1]) + payload[place + 1 :]
        assert refusal_of(flipped, commitment) in {"malformed_receipt", "wrong_chain", "finality_invalid"}
    for place in range(len(commitment)):
        flipped = commitment[:place] + bytes([commitment[place] ^ 1]) + commitment[place + 1 :]
        assert refusal_of(payload, flipped) == "finality_invalid"


def test_each_reason_has_its_code() -> None:
    payload, commitment = recorded("one away")
    block = decode_light_block(payload)
    votes = list(block.commit.votes)
    votes[next(place for place, vote in enumerate(votes) if vote is not None and vote.for_block)] = None
    two = encode_light_block(block._replace(commit=block.commit._replace(votes=tuple(votes))))
    assert refusal_of(two, commitment) == "too_little_power"
    assert refusal_of(payload, commitment, TRUST._replace(chain_id="other-0011223344556677")) == "wrong_chain"
    strangers = tuple(
        TrustedValidator(f"bank-{place}", _native.public_key_ed25519(bytes([90 + place]) * 32), 1) for place in range(4)
    )
    assert refusal_of(payload, commitment, TRUST._replace(validators=(ValidatorSet(1, strangers),))) == (
        "unknown_validator"
    )
    heavy = (*TRUST.validators[0].members[:3], TRUST.validators[0].members[3]._replace(power=100))
    trust = TRUST._replace(validators=(ValidatorSet(1, heavy),))
    assert refusal_of(*recorded("one away"), trust) == "too_little_power", "what the trust file says counts"


def test_what_an_old_set_alone_proves_is_historical() -> None:
    payload, commitment = recorded("everybody")
    new = ValidatorSet(10**6, (TrustedValidator("bank-9", _native.public_key_ed25519(bytes([99]) * 32), 1),))
    assert verify(payload, commitment, TRUST._replace(validators=(*TRUST.validators, new)), natively).historical


class Signed(NamedTuple):
    """Validators whose keys the test has."""

    seeds: tuple[bytes, ...]

    @property
    def validators(self) -> tuple[Validator, ...]:
        keys = sorted(map(_native.public_key_ed25519, self.seeds), key=address)
        return tuple(Validator(key, 1) for key in keys)

    def trusted(self, from_height: int) -> ValidatorSet:
        return ValidatorSet(from_height, tuple(TrustedValidator(key.hex()[:8], key, 1) for key, _ in self.validators))

    def proof(self, commitment: bytes, height: int, voting: int | None = None) -> bytes:
        """Return a proof for which the first so many of them voted; everybody, unless told otherwise."""
        hashes = dict.fromkeys(Header._fields[Header._fields.index("last_commit_hash") : -1], bytes(32))
        header = Header(
            11,
            0,
            TRUST.chain_id,
            height,
            10**18,
            BlockId(bytes(32), 1, bytes(32)),
            **hashes,
            proposer_address=bytes(20),
        )._replace(validators_hash=validators_hash(self.validators), app_hash=commitment_hash(commitment))
        by_key = {_native.public_key_ed25519(seed): seed for seed in self.seeds}
        block_id = BlockId(header_hash(header), 1, bytes(32))
        votes: list[Vote | None] = []
        for place, (key, _) in enumerate(self.validators):
            message = sign_bytes(TRUST.chain_id, height, 0, block_id, 10**18 + place)
            vote = Vote(True, 10**18 + place, _native.sign_ed25519(by_key[key], message))
            votes.append(vote if voting is None or place < voting else None)
        return encode_payload(header, Commit(0, 1, bytes(32), tuple(votes)), self.validators)


def test_trust_is_brought_forward_by_those_who_were_trusted() -> None:
    old, new = (Signed(tuple(bytes([place]) * 32 for place in range(1, last))) for last in (4, 5))
    trust = TRUST._replace(validators=(old.trusted(1),))
    forward = brought_forward(trust, new.proof(b"c", HEIGHT), backend=natively)
    assert [each.from_height for each in forward.validators] == [1, HEIGHT]
    assert {member.public_key for member in forward.validators[1].members} == {key for key, _ in new.validators}
    assert brought_forward(forward, new.proof(b"c", HEIGHT + 1), backend=natively) == forward
    verify(new.proof(b"c", HEIGHT + 2), b"c", forward, natively)
    strangers = Signed(tuple(bytes([place]) * 32 for place in range(50, 54)))
    for wrong, code in (
        (strangers.proof(b"c", HEIGHT), "unknown_validator"),
        (new.proof(b"c", 9, 2), "too_little_power"),
    ):
        with pytest.raises(Refusal, match=code):
            brought_forward(trust, wrong, backend=natively)
