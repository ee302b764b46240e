"""Text that people type: any script on one line, and nothing that is not seen."""

from __future__ import annotations

import msgspec
import pytest

from payport.values.text import TypedText


@pytest.mark.parametrize("text", ["", "phone", "张三的手机", "José’s 2nd", "👩\u200d👩\u200d👧", "שלום\u200f", " "])  # noqa: RUF001 - what people type
def test_is_kept_as_it_is(text: str) -> None:
    assert msgspec.convert(text, TypedText) == text


@pytest.mark.parametrize("letter", ["\x00", "\x07", "\t", "\n", "\x1b", "\x7f", "\x85", "\u2028", "\u202e", "\u2066"])
@pytest.mark.parametrize("form", ["{}", "a{}b", "a{}", "{}b"])
def test_holds_nothing_that_is_not_seen(letter: str, form: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(form.format(letter), TypedText)


@pytest.mark.parametrize("text", [r"\ud800", r"a\udfffb", r"\udc00\ud800", "\xff"])
def test_half_a_character_is_no_json(text: str) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        msgspec.json.decode(f'"{text}"'.encode("latin-1"), type=TypedText)
