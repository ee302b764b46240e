"""Signatures in batches: the verdict of an item hangs on that item alone."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payport.ledger import admission, verification
from payport.values import bindings, codec, envelopes
from payport.values.envelopes import Envelope, Signature
from payport.values.refusals import Refusal
from payport.values.signatures.contract import WebAuthnPolicy
from tests.ledger.network import Network, account
from tests.proof import build

NETWORK = Network()
KINDS = ("good", "forged", "swapped", "unknown scheme", "assertion", "wrong assertion", "good proof", "bad proof")


def body(number: int) -> bytes:
    given = {"payee": account("bob"), "asset": "CNY", "amount_minor": 1, "nonce": number.to_bytes(16, "big")}
    return codec.encode(NETWORK.build("transfer/1", account("alice"), **given))


def changed(encoded: bytes, **fields: object) -> bytes:
    envelope = envelopes.read_envelope(encoded)
    return codec.encode(Envelope(envelope.body, (msgspec.structs.replace(envelope.signatures[0], **fields),)))


def asserted(number: int, over: int) -> bytes:
    message = envelopes.signing_bytes(body(over))
    made = build.assertion(build.authenticator_data(), build.client_data(message))
    return codec.encode(Envelope(body(number), (Signature("webauthn", build.passkey_public(), made),)))


def opening(number: int, *, proven: bool) -> bytes:
    name = f"new{number}"
    owner = NETWORK.new_key(account(name), name)
    if not proven:
        owner = bindings.NewKey(owner.scheme, owner.public_key, bytes(64))
    given = {"account": account(name), "category": "0000", "view_key": bytes(32), "owner": owner}
    return NETWORK.sign(NETWORK.build("open_account/1", "east", **given), "east")


def item(kind: str, number: int) -> tuple[admission.Item, str | None]:
    """Return an item and the code it is refused with."""
    good = NETWORK.sign_body(body(number), "alice")
    other = envelopes.read_envelope(NETWORK.sign_body(body(number + 1), "alice")).signatures[0].signature
    made = {
        "good": (good, None),
        "forged": (changed(good, signature=bytes(64)), "invalid_signature"),
        "swapped": (changed(good, signature=other), "invalid_signature"),
        "unknown scheme": (changed(good, scheme="rot13"), "unknown_scheme"),
        "assertion": (asserted(number, number), None),
        "wrong assertion": (asserted(number, number + 1), "invalid_signature"),
        "good proof": (opening(number, proven=True), None),
        "bad proof": (opening(number, proven=False), "invalid_signature"),
    }
    encoded, code = made[kind]
    return NETWORK.machine.read_item([encoded]), code


PREPARED = {(kind, number): item(kind, number) for kind in KINDS for number in range(3)}


@settings(deadline=None)
@given(st.lists(st.sampled_from(sorted(PREPARED)), max_size=12), st.integers(1, 3))
def test_verdicts_are_each_items_own(drawn: list[tuple[str, int]], threads: int) -> None:
    chosen = [PREPARED[each] for each in drawn]
    verdicts = verification.verify_items([each for each, _ in chosen], build.POLICY, threads)
    assert [verdict and verdict.code for verdict in verdicts] == [code for _, code in chosen]


def group(*members: admission.Member) -> admission.Item:
    encoded = tuple(member.encoded for member in members)
    return admission.Item(members, encoded, sum(map(len, encoded)))


def test_one_bad_member_refuses_its_group() -> None:
    good, bad = PREPARED["good", 0][0].members[0], PREPARED["forged", 1][0].members[0]
    verdicts = verification.verify_items([group(good, bad), group(bad, good), group(good, good)], build.POLICY)
    assert [verdict and verdict.code for verdict in verdicts] == ["invalid_signature", "invalid_signature", None]


def test_assertions_count_only_for_the_networks_parties() -> None:
    chosen = PREPARED["assertion", 0][0]
    (verdict,) = verification.verify_items([chosen], WebAuthnPolicy((), ()))
    assert verdict is not None
    assert verdict.code == "invalid_signature"


def test_an_unknown_scheme_is_named() -> None:
    with pytest.raises(Refusal, match="rot13"):
        verification.reduce_signature("rot13", bytes(32), b"", bytes(64), build.POLICY)
