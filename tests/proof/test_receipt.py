from typing import Any

import pytest

from payport.proof import messagepack
from payport.proof.receipt import MAX_RECEIPT_BYTES, Receipt, decode_receipt, encode_receipt
from payport.values.refusals import Refusal
from tests.proof import build


@pytest.mark.parametrize("anchored", [False, True])
@pytest.mark.parametrize("withheld", [False, True])
def test_it_decodes_to_what_was_encoded(*, anchored: bool, withheld: bool) -> None:
    receipt = build.receipt_of(build.built(), anchored=anchored, withheld=withheld)
    assert decode_receipt(encode_receipt(receipt)) == receipt


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("transaction_id", b"short"),
        ("envelope", "text"),
        ("outcome", (b"leaf", 0)),
        ("outcome", (b"leaf", -1, ())),
        ("outcome", (b"leaf", 0, (b"short",))),
        ("outcome", (b"leaf", 0, (b"h" * 32,) * 65)),
        ("balances", None),
        ("balances", ((b"leaf", 0, ()),) * 65),
        ("commitment", 1),
        ("anchor", ()),
        ("anchor", (b"later", None)),
        ("finality", ("embedded/1",)),
        ("finality", (b"embedded/1", b"")),
    ],
)
def test_an_ill_typed_container_is_refused(field: str, value: Any) -> None:
    receipt: Receipt = build.receipt_of(build.built())._replace(**{field: value})
    with pytest.raises(Refusal, match="malformed_receipt"):
        decode_receipt(encode_receipt(receipt))


def test_another_format_and_a_huge_file_are_refused() -> None:
    receipt = build.receipt_of(build.built())
    for data in (messagepack.encode(["payport-receipt/2", *receipt]), b"\x00" * (MAX_RECEIPT_BYTES + 1), b"\x90"):
        with pytest.raises(Refusal, match="malformed_receipt"):
            decode_receipt(data)
