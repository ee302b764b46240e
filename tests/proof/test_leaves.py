import hashlib
import hmac
from typing import Any

import pytest

from payport.proof import leaves, messagepack
from payport.proof.leaves import BalanceLeaf, OutcomeLeaf
from payport.values.refusals import Refusal

OUTCOME = OutcomeLeaf(b"t" * 32, "committed", b"s" * 32, ((b"k" * 32, "owner"), (b"l" * 65, "device")))
BALANCE = BalanceLeaf(b"a" * 16, "CNY", 1, b"t" * 32, -5, -(2**60), -1, b"z" * 32)


def test_leaves_decode_to_what_was_encoded() -> None:
    assert leaves.decode_outcome(leaves.encode_outcome(OUTCOME)) == OUTCOME
    assert leaves.decode_balance(leaves.encode_balance(BALANCE)) == BALANCE


def test_one_kind_is_never_read_as_the_other() -> None:
    with pytest.raises(Refusal, match="malformed_receipt"):
        leaves.decode_outcome(leaves.encode_balance(BALANCE))
    for decode in (leaves.decode_outcome, leaves.decode_balance):
        for kind in ("outcome/2", "balance/2", 1):
            for length in (5, 9):
                with pytest.raises(Refusal, match="malformed_receipt"):
                    decode(messagepack.encode([kind] + [0] * (length - 1)))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("transaction_id", b"t" * 31),
        ("outcome", b"committed"),
        ("signatures_hash", None),
        ("signers", ((b"k" * 32,),)),
        ("signers", (("k", "owner"),)),
        ("signers", b"k"),
    ],
)
def test_an_ill_typed_outcome_is_refused(field: str, value: Any) -> None:
    with pytest.raises(Refusal, match="malformed_receipt"):
        leaves.decode_outcome(leaves.encode_outcome(OUTCOME._replace(**{field: value})))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("account", b"a" * 15),
        ("asset", 1),
        ("entry", -1),
        ("transaction_id", b""),
        ("delta_minor", True),
        ("balance_minor", "1"),
        ("fee_minor", None),
        ("salt", b"z" * 31),
    ],
)
def test_an_ill_typed_balance_is_refused(field: str, value: Any) -> None:
    with pytest.raises(Refusal, match="malformed_receipt"):
        leaves.decode_balance(leaves.encode_balance(BALANCE._replace(**{field: value})))


def test_the_salt_is_the_hmac_of_the_tagged_id() -> None:
    expected = hmac.new(b"view key", b"payport/view/1\x00" + b"t" * 32, hashlib.sha256).digest()
    assert leaves.salt(b"view key", b"t" * 32) == expected
