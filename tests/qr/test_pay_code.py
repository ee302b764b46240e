"""The network's own pay code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.qr import cpm, pay_code, reading
from payport.qr.pay_code import MAX_AUTHORITY_BYTES, PayCode
from payport.values.refusals import Refusal
from tests.qr.test_cpm import ONE


@given(st.from_regex(r"\A[0-9]{12,19}\Z"), st.binary(min_size=1, max_size=MAX_AUTHORITY_BYTES))
def test_what_is_written_is_read(token: str, authority: bytes) -> None:
    text = pay_code.encode(PayCode(token, authority))
    assert len(text) <= cpm.READER_BYTES
    assert pay_code.decode(text) == PayCode(token, authority)
    assert (reading.decode(text).scheme, reading.decode(text).valid) == ("payport", True)


@pytest.mark.parametrize(
    "code", [PayCode("12345", b"a"), PayCode("x" * 16, b"a"), PayCode("1" * 16, b""), PayCode("1" * 16, bytes(321))]
)
def test_not_written(code: PayCode) -> None:
    with pytest.raises(Refusal, match="code_field_invalid"):
        pay_code.encode(code)


def test_not_read() -> None:
    with pytest.raises(Refusal, match="not_our_code"):
        pay_code.decode(ONE)
    with pytest.raises(Refusal, match="code_truncated"):
        pay_code.decode(pay_code.encode(PayCode("1" * 16, b"abc"))[:-4])
