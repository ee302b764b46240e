"""Envelopes: one way to write each, and ids that hang on every signed byte."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.ledger.registry import verbs
from payport.values import codec, envelopes
from payport.values.envelopes import Envelope, Signature
from payport.values.limits import MAX_ENVELOPE_BYTES, MAX_SIGNATURES
from payport.values.refusals import Refusal

signatures = st.lists(
    st.builds(
        Signature,
        scheme=st.sampled_from(["ed25519", "webauthn"]),
        public_key=st.binary(min_size=32, max_size=65),
        signature=st.binary(min_size=64, max_size=80),
    ),
    min_size=1,
    max_size=MAX_SIGNATURES,
    unique_by=lambda each: each.public_key,
)
bodies = st.binary(min_size=1, max_size=100)


def write(body: bytes, made: list[Signature]) -> bytes:
    return codec.encode(Envelope(body, tuple(made)))


@given(bodies, signatures)
def test_keys_in_ascending_order_are_the_only_order(body: bytes, made: list[Signature]) -> None:
    ordered = sorted(made, key=lambda each: each.public_key)
    assert envelopes.read_envelope(write(body, ordered)) == Envelope(body, tuple(ordered))
    if made != ordered:
        with pytest.raises(Refusal, match="ascending"):
            envelopes.read_envelope(write(body, made))
    with pytest.raises(Refusal, match="malformed_bytes"):
        envelopes.read_envelope(write(body, [*ordered, ordered[-1]]))


@given(bodies, signatures, st.data())
def test_no_byte_may_be_missing_or_added(body: bytes, made: list[Signature], data: st.DataObject) -> None:
    whole = write(body, sorted(made, key=lambda each: each.public_key))
    cut = data.draw(st.integers(0, len(whole) - 1))
    for changed in (whole[:cut], whole + b"\x00"):
        with pytest.raises(Refusal, match="malformed_bytes"):
            envelopes.read_envelope(changed)


def test_size_is_looked_at_first() -> None:
    with pytest.raises(Refusal, match="envelope_too_large"):
        envelopes.read_envelope(bytes(MAX_ENVELOPE_BYTES + 1))
    with pytest.raises(Refusal, match="malformed_bytes"):
        envelopes.read_envelope(bytes(MAX_ENVELOPE_BYTES))


@pytest.mark.parametrize("kind", sorted(verbs()))
def test_the_group_field_alone_is_left_out_of_the_ungrouped_id(kind: str) -> None:
    example = verbs()[kind].example()
    plain = codec.encode(example)
    assert envelopes.ungrouped_id(plain) == envelopes.transaction_id(plain)
    for group in (b"g" * 32, b"h" * 32):
        bound = codec.encode(msgspec.structs.replace(example, group=group))
        assert envelopes.transaction_id(bound) != envelopes.transaction_id(plain)
        assert envelopes.ungrouped_id(bound) == envelopes.ungrouped_id(plain)
    other = codec.encode(msgspec.structs.replace(example, nonce=b"n" * 16))
    assert envelopes.ungrouped_id(other) != envelopes.ungrouped_id(plain)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=5, unique=True))
def test_a_group_is_its_members_in_their_order(nonces: list[int]) -> None:
    example = verbs()["transfer/1"].example()
    made = [codec.encode(msgspec.structs.replace(example, nonce=nonce.to_bytes(16, "big"))) for nonce in nonces]
    named = envelopes.group_hash(made)
    if len(made) > 1:
        assert envelopes.group_hash(made[::-1]) != named
        assert envelopes.group_hash(made[:-1]) != named
    bound = [codec.encode(msgspec.structs.replace(codec.decode(each, type(example)), group=named)) for each in made]
    assert envelopes.group_hash(bound) == named


@pytest.mark.parametrize("body", [b"", b"\xc0", b"\x90", codec.encode([0] * 6), b"\x97" + bytes(6), b"\xff"])
def test_what_has_no_group_field_has_no_ungrouped_id(body: bytes) -> None:
    with pytest.raises(Refusal, match="malformed_bytes"):
        envelopes.ungrouped_id(body)
