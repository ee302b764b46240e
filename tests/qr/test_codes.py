"""Any scanned text gets an answer or a clear refusal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.qr import codes
from payport.values.refusals import Refusal
from tests.qr.test_emvco import PUBLISHED


@given(st.text(max_size=200) | st.text(max_size=200).map("000201".__add__))
def test_never_anything_but_a_refusal(text: str) -> None:
    with pytest.raises(Refusal):
        codes.read(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "code_not_recognised"), ("https://example.org", "code_not_recognised"), ("0" * 5_000, "code_too_long")],
)
def test_refused(text: str, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        codes.read(text)


@given(st.binary(max_size=64).map(lambda data: data.decode("utf-8", "surrogateescape")))
def test_half_surrogates(text: str) -> None:
    with pytest.raises(Refusal):
        codes.read("000201" + text)


def test_other_networks_code_is_named_so() -> None:
    with pytest.raises(Refusal, match="not_our_code"):
        codes.read(PUBLISHED)
