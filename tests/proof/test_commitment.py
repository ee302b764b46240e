from typing import Any

import pytest

from payport.proof import messagepack
from payport.proof.commitment import Commitment, commitment_hash, decode_commitment, encode_commitment
from payport.values.hashing import Tag, tagged_hash
from payport.values.refusals import Refusal

EXAMPLE = Commitment("testnet-0123456789abcdef", 3, 4, b"p" * 32, 5, b"r" * 32, b"s" * 32, b"h" * 32)


def test_it_decodes_to_what_was_encoded() -> None:
    assert decode_commitment(encode_commitment(EXAMPLE)) == EXAMPLE


def test_its_hash_is_tagged() -> None:
    encoded = encode_commitment(EXAMPLE)
    assert commitment_hash(encoded) == tagged_hash(Tag.COMMITMENT, encoded)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("chain_id", b"testnet"),
        ("chain_id", "x" * 65),
        ("height", -1),
        ("height", 2**53),
        ("height", True),
        ("time_ms", None),
        ("leaf_count", -1),
        ("protocol", b"p" * 31),
        ("receipts_root", b"r" * 33),
        ("state_digest", "s" * 32),
        ("history_root", b""),
    ],
)
def test_ill_typed_fields_are_refused(field: str, value: Any) -> None:
    with pytest.raises(Refusal, match="malformed_receipt"):
        decode_commitment(encode_commitment(EXAMPLE._replace(**{field: value})))


def test_missing_and_extra_fields_are_refused() -> None:
    for fields in (EXAMPLE[:-1], (*EXAMPLE, 1)):
        with pytest.raises(Refusal, match="malformed_receipt"):
            decode_commitment(messagepack.encode(fields))
