import pytest

from payport.proof.finality import embedded
from payport.proof.finality.table import KINDS, kind_tagged
from payport.values.refusals import Refusal
from tests.proof import build

COMMITMENT = build.commitment(1, [b"leaf"], [b"\x00" * 32])
PAYLOAD = build.finality(COMMITMENT).payload


def test_the_operators_signature_proves() -> None:
    embedded.verify(PAYLOAD, COMMITMENT, build.TRUST)
    assert embedded.BINDS_EN == "binds the operator only"


def test_another_commitment_is_refused() -> None:
    with pytest.raises(Refusal, match="finality_invalid"):
        embedded.verify(PAYLOAD, COMMITMENT + b"\x00", build.TRUST)


@pytest.mark.parametrize("payload", [b"", PAYLOAD[:-1], PAYLOAD + b"\x00"])
def test_a_payload_of_another_length_is_refused(payload: bytes) -> None:
    with pytest.raises(Refusal, match="finality_invalid"):
        embedded.verify(payload, COMMITMENT, build.TRUST)


def test_another_key_is_refused() -> None:
    with pytest.raises(Refusal, match="untrusted_key"):
        embedded.verify(build.finality(COMMITMENT, build.OTHER_KEY).payload, COMMITMENT, build.TRUST)


def test_the_table_knows_each_kind_by_its_tag() -> None:
    assert all(tag == kind.TAG for tag, kind in KINDS.items())
    with pytest.raises(Refusal, match="unknown_finality"):
        kind_tagged("cometbft/9")
