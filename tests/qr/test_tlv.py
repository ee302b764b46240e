"""Objects of an EMVCo payload."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.qr import tlv
from payport.values.refusals import Refusal

ids = st.integers(0, 99).map(lambda number: f"{number:02}")
values = st.text(min_size=1, max_size=99)


@given(st.dictionaries(ids, values, max_size=20))
def test_round_trip(made: dict[str, str]) -> None:
    assert list(tlv.parse(tlv.encode(made)).items()) == list(made.items())


@given(st.text(max_size=200))
def test_any_text_parses_or_is_refused(text: str) -> None:
    try:
        assert tlv.encode(tlv.parse(text)) == text
    except Refusal as refusal:
        code = refusal.code
    else:
        return
    assert code in {"code_malformed", "code_truncated", "code_repeated_field"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0002", "code_truncated"),
        ("000501", "code_truncated"),
        ("0000", "code_field_empty"),
        ("0a0201", "code_malformed"),
        ("\u0660\u06600201", "code_malformed"),
        ("00+101", "code_malformed"),
        ("0002\u00b2", "code_truncated"),
        ("000201000201", "code_repeated_field"),
    ],
)
def test_refused(text: str, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        tlv.parse(text)
    assert caught.value.code == code


def test_length_counts_characters() -> None:
    assert tlv.parse("6002北京") == {"60": "北京"}


@pytest.mark.parametrize("value", ["", "x" * 100])
def test_what_cannot_be_written(value: str) -> None:
    with pytest.raises(Refusal, match="code_field_invalid"):
        tlv.encode({"59": value})
