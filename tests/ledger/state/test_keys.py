"""Keys: who may sign, with refusals in their order of precedence."""

from __future__ import annotations

import msgspec
import pytest

from payport.ledger.state import keys
from payport.ledger.state.state import State
from payport.ledger.transaction import Role
from payport.values.refusals import Refusal

GOOD = keys.Key("ed25519", b"a" * 16, Role.SESSION, ("purchase", "transfer"), None, 100, revoked=False)


def signer(key: keys.Key | None, holder: bytes = b"a" * 16, verb: str = "transfer", time_ms: int = 100) -> keys.Key:
    state = State()
    if key is not None:
        keys.bind(state, b"k" * 32, key)
    return keys.require_signer(state, b"k" * 32, holder, 0, verb, time_ms)


def test_a_live_key_in_scope_signs_to_the_last_moment() -> None:
    assert signer(GOOD) == GOOD
    assert signer(msgspec.structs.replace(GOOD, scope=(), expires_at_ms=None), time_ms=2**53) is not None


def test_order_of_precedence() -> None:
    worst = msgspec.structs.replace(GOOD, holder=b"b" * 16, revoked=True)
    steps = [
        (None, "unbound_key"),
        (worst, "unbound_key"),
        (msgspec.structs.replace(worst, holder=GOOD.holder), "revoked_key"),
        (GOOD, "expired_key"),
        (msgspec.structs.replace(GOOD, expires_at_ms=None), "out_of_scope"),
    ]
    for key, code in steps:
        with pytest.raises(Refusal) as refused:
            signer(key, verb="redeem", time_ms=101)
        assert refused.value.code == code


def test_a_key_is_bound_once_for_ever() -> None:
    state = State()
    keys.require_unbound(state, b"k" * 32)
    keys.bind(state, b"k" * 32, GOOD)
    keys.revoke(state, b"k" * 32)
    with pytest.raises(Refusal, match="key_already_bound"):
        keys.require_unbound(state, b"k" * 32)
    for call in (lambda: keys.bind(state, b"k" * 32, GOOD), lambda: keys.revoke(state, b"k" * 32)):
        with pytest.raises(AssertionError):
            call()
