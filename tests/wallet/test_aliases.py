"""The wallet's side of an alias: whose answer counts, and what is said when it changes."""

from __future__ import annotations

from typing import Any

import pytest

from payport.values import aliases as format_of
from payport.values import codec
from payport.values.aliases import AliasAnswer, SignedAliasAnswer
from payport.values.envelopes import Signature
from payport.values.refusals import Refusal
from payport.wallet import aliases
from payport.wallet.aliases import InstitutionKeys, Pin, Pins
from payport.wallet.keys import SigningKey

CHAIN, ALIAS, NOW = "demo-0011223344556677", "+99912345678", 1_800_000_000_000
FIRST, SECOND, STRANGER = (SigningKey(bytes([number]) * 32) for number in (1, 2, 3))
BOTH = InstitutionKeys("east", frozenset({FIRST.public_key, SECOND.public_key}), 2)
ONE = InstitutionKeys("east", frozenset({FIRST.public_key}))


def make(*keys: SigningKey, **changed: Any) -> bytes:
    fields: dict[str, Any] = {
        "chain_id": CHAIN,
        "alias_digest": format_of.alias_digest(ALIAS),
        "account": b"a" * 16,
        "institution": "east",
        "masked_name": "*梅",
        "issued_at_ms": NOW,
        "expires_at_ms": NOW + 60_000,
    }
    body = codec.encode(AliasAnswer(**{**fields, **changed}))
    made = sorted((key.public_key, key.sign(format_of.signing_bytes(body))) for key in keys)
    return codec.encode(SignedAliasAnswer(body, tuple(Signature("ed25519", *each) for each in made)))


def test_an_answer_of_the_institution_holds() -> None:
    assert aliases.verify(make(FIRST), ALIAS, CHAIN, ONE, NOW).account == b"a" * 16
    assert aliases.verify(make(FIRST, SECOND), ALIAS, CHAIN, BOTH, NOW + 60_000).masked_name == "*梅"


@pytest.mark.parametrize(
    ("code", "data", "keys", "now_ms"),
    [
        ("invalid_signature", make(STRANGER), ONE, NOW),
        ("invalid_signature", make(FIRST, STRANGER), ONE, NOW),
        ("invalid_signature", make(FIRST), BOTH, NOW),
        ("invalid_signature", make(FIRST)[:-1] + b"\x00", ONE, NOW),
        ("malformed_bytes", make(FIRST) + b"\xc0", ONE, NOW),
        ("alias_answer_mismatch", make(FIRST, chain_id="demo-7766554433221100"), ONE, NOW),
        ("alias_answer_mismatch", make(FIRST, institution="west"), ONE, NOW),
        ("alias_answer_mismatch", make(FIRST, alias_digest=format_of.alias_digest("+99912345679")), ONE, NOW),
        ("alias_answer_expired", make(FIRST), ONE, NOW + 60_001),
        ("alias_answer_expired", make(FIRST), ONE, NOW - aliases.CLOCK_SKEW_MS - 1),
    ],
)
def test_every_other_answer_is_refused(code: str, data: bytes, keys: InstitutionKeys, now_ms: int) -> None:
    with pytest.raises(Refusal) as caught:
        aliases.verify(data, ALIAS, CHAIN, keys, now_ms)
    assert caught.value.code == code


def test_the_first_answer_is_pinned_and_a_change_is_said() -> None:
    pins = Pins()
    first = aliases.verify(make(FIRST), ALIAS, CHAIN, ONE, NOW)
    pins.accept(ALIAS, first)
    pins.accept(ALIAS, aliases.verify(make(FIRST, masked_name="L**"), ALIAS, CHAIN, ONE, NOW))
    assert pins.known == {ALIAS: Pin("east", b"a" * 16)}
    moved = aliases.verify(make(FIRST, account=b"b" * 16), ALIAS, CHAIN, ONE, NOW)
    again = Pins(pins.known)
    with pytest.raises(Refusal) as caught:
        again.accept(ALIAS, moved)
    assert caught.value.code == "alias_changed"
    again.forget(ALIAS)
    again.accept(ALIAS, moved)
    assert again.known[ALIAS].account == b"b" * 16
