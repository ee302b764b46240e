"""Proofs of a real network of four, recorded, and of validators who sign in the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payport import _native
from payport.proof import messagepack
from payport.proof.finality.cometbft import brought_forward, verify
from payport.proof.light_block import Validator, decode_light_block, encode_light_block
from payport.proof.trust import TrustedValidator, ValidatorSet
from payport.values.refusals import Refusal
from tests.proof.validators import FOUR, TRUST, header, key, recorded, signed, trusted

if TYPE_CHECKING:
    from payport.proof.trust import Trust
    from payport.values.signatures.contract import Primitive

HEIGHT = 7


def natively(primitive: Primitive) -> bool:
    return _native.verify_ed25519_one(primitive.public_key, primitive.message, primitive.signature)


def refusal_of(payload: bytes, commitment: bytes, trust: Trust = TRUST) -> str:
    with pytest.raises(Refusal) as refused:
        verify(payload, commitment, trust, natively)
    return refused.value.code


@pytest.mark.parametrize(("name", "voters"), [("everybody", 4), ("one away", 3)])
def test_a_real_block(name: str, voters: int) -> None:
    payload, commitment, _ = recorded(name)
    found = verify(payload, commitment, TRUST)
    assert (set(found.institutions) <= {f"bank-{place}" for place in range(4)}, found.historical) == (True, False)
    assert 3 <= len(found.institutions) <= voters
    assert encode_light_block(decode_light_block(payload)) == payload


def test_every_flipped_byte_fails() -> None:
    payload, commitment, _ = recorded("one away")
    for place in range(len(payload)):
        flipped = payload[:place] + bytes([payload[place] ^ 1]) + payload[place + 1 :]
        assert refusal_of(flipped, commitment) in {"malformed_receipt", "wrong_chain", "finality_invalid"}
    for place in range(len(commitment)):
        flipped = commitment[:place] + bytes([commitment[place] ^ 1]) + commitment[place + 1 :]
        assert refusal_of(payload, flipped) == "finality_invalid"


def test_each_reason_has_its_code() -> None:
    payload, commitment, _ = recorded("one away")
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
    assert refusal_of(payload, commitment, trust) == "too_little_power", "what the trust file says counts"


def test_what_an_old_set_alone_proves_is_historical() -> None:
    payload, commitment, _ = recorded("everybody")
    new = ValidatorSet(10**6, (TrustedValidator("bank-9", _native.public_key_ed25519(bytes([99]) * 32), 1),))
    assert verify(payload, commitment, TRUST._replace(validators=(*TRUST.validators, new)), natively).historical


def proof(height: int, powers: dict[int, int], votes: str = "") -> bytes:
    return encode_light_block(signed(header(b"c", height), powers, votes))


def test_trust_is_brought_forward_by_those_who_were_trusted() -> None:
    old, new = dict.fromkeys(range(3), 1), FOUR
    trust = TRUST._replace(validators=(trusted(1, old),))
    forward = brought_forward(trust, proof(HEIGHT, new), {key(3): "bank-new"}, natively)
    assert [each.from_height for each in forward.validators] == [1, HEIGHT]
    names = {member.public_key: member.institution for member in forward.validators[1].members}
    assert names == {key(0): "bank-0", key(1): "bank-1", key(2): "bank-2", key(3): "bank-new"}
    assert brought_forward(forward, proof(HEIGHT + 1, new), backend=natively) == forward
    verify(proof(HEIGHT + 2, new), b"c", forward, natively)
    unnamed = brought_forward(trust, proof(HEIGHT, new), backend=natively).validators[1].members
    assert f"key-{key(3).hex()[:16]}" in {member.institution for member in unnamed}
    for wrong, code in (
        (proof(HEIGHT, dict.fromkeys(range(50, 54), 1)), "unknown_validator"),
        (proof(9, new, "++.."), "too_little_power"),
    ):
        with pytest.raises(Refusal, match=code):
            brought_forward(trust, wrong, backend=natively)
    for height, what in ((HEIGHT - 1, "older"), (HEIGHT, "other validators")):
        with pytest.raises(Refusal, match=what) as refused:
            brought_forward(forward, proof(height, old), backend=natively)
        assert refused.value.code == "finality_invalid"


def test_trust_of_the_recorded_network_is_brought_forward() -> None:
    forward = brought_forward(TRUST, recorded("other powers").payload, backend=natively)
    assert {member.institution: member.power for member in forward.validators[1].members} == {
        **dict.fromkeys(("bank-0", "bank-1", "bank-2"), 1),
        "bank-3": 5,
    }
    assert verify(*recorded("one away")[:2], forward, natively).historical
    assert not verify(*recorded("everybody")[:2], forward, natively).historical


def test_a_proof_has_a_limited_number_of_validators() -> None:
    block = decode_light_block(recorded("everybody").payload)
    for number, what in ((256, "the header names other validators"), (257, "257 validators")):
        validators = tuple(Validator(place.to_bytes(32, "big"), 1) for place in range(number))
        commit = block.commit._replace(votes=(None,) * number)
        payload = messagepack.encode(block._replace(commit=commit, validators=validators))
        with pytest.raises(Refusal, match=what):
            verify(payload, recorded("everybody").commitment, TRUST, natively)
