"""Consumer-presented codes: the official examples, every rule broken once, arbitrary text."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.qr import ber, cpm, reading
from payport.values.refusals import Refusal

ONE = "hQVDUFYwMWEaTwegAAAAVVVVVw8SNFZ4kBI0WNGRIgESNF8="
TWO = (
    "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWETTwegAAAAZmZmUAhQcm9kdWN0MmJJWggSNFZ4kBI0WF8gDkNBUkRIT0xERVIvRU1WXy0IcnVl"
    "c2RlZW5kIZ8QBwYBCgMAAACfJghYT9OF+iNLzJ82AgABnzcEbVjvEw=="
)
UNIONPAY_AID = bytes.fromhex("A000000333010102")


def text_of(*objects: ber.Object) -> str:
    return base64.b64encode(ber.encode((ber.Object("85", b"CPV01"), *objects))).decode()


def application(*objects: tuple[str, str]) -> ber.Object:
    return ber.Object("61", b"", tuple(ber.Object(tag, bytes.fromhex(value)) for tag, value in objects))


AID = ("4F", "A0000000555555")
PAN = ("5A", "1234567890123458")
COMMON = ber.Object("62", b"", (ber.Object("5A", b"\x12" * 8),))


def test_official_examples() -> None:
    assert cpm.read(ONE).problems == []
    assert cpm.read(ONE).aids == ["A0000000555555"]
    assert cpm.read(TWO).problems == []
    assert cpm.read(TWO).aids == ["A0000000555555", "A0000000666666"]
    told = reading.decode(TWO).json()
    assert (told["kind"], told["valid"], told["strict_valid"], told["crc"]) == ("cpm", True, None, None)
    assert told["fields"]["61#2"] == {"4F": "A0000000666666", "50": b"Product2".hex().upper()}
    assert told["card"] == "123456******3458"


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        (ONE[:-1], "code_malformed", ""),
        (ONE[:-4], "code_truncated", "61"),
        (text_of(), "code_field_missing", "61"),
        (text_of(application(PAN)), "code_field_missing", "61-4F"),
        (text_of(application(AID)), "code_field_missing", "61-57"),
        (text_of(application(AID, PAN, PAN)), "code_repeated_field", "61-5A"),
        (text_of(application(("4F", "A000"), PAN)), "code_field_invalid", "61-4F"),
        (text_of(application(AID, ("57", "1234"))), "code_field_invalid", "61-57"),
        (text_of(application(AID, ("5A", "12ABCDEF"))), "code_field_invalid", "61-5A"),
        (text_of(application(AID, PAN, ("5F50", b"http://x".hex()))), "code_field_invalid", "61-5F50"),
        (text_of(application(AID, PAN, ("9F19", "ABCDEFABCDEF"))), "code_field_invalid", "61-9F19"),
        (text_of(*[application(AID, PAN)] * 3), "code_field_invalid", "61"),
        (text_of(application(AID, PAN), COMMON), "code_repeated_field", "62-5A"),
        (text_of(COMMON, application(AID, PAN)), "code_field_invalid", "61"),
        (text_of(application(AID, PAN), COMMON, application(AID, PAN)), "code_field_invalid", "62"),
        (text_of(application(AID, PAN), ber.Object("85", b"CPV01")), "code_repeated_field", "85"),
    ],
)  # fmt: skip
def test_a_broken_rule_is_named_with_its_place(text: str, code: str, where: str) -> None:
    assert (code, where) in [(each.reason.code, each.id) for each in cpm.read(text).problems]
    assert not reading.decode(text).valid


def test_unknown_objects_are_kept_and_no_matter() -> None:
    text = text_of(application(AID, PAN, ("DF77", "AA")))
    assert cpm.read(text).problems == []
    assert reading.decode(text).fields["61"]["DF77"] == "AA"


def test_unionpay_code_is_named_by_its_application() -> None:
    transparent = ber.Object("63", b"", (ber.Object("9F26", b"\x01" * 8), ber.Object("9F36", b"\x00\x01")))
    text = cpm.encode(
        (
            cpm.Application(
                UNIONPAY_AID, (ber.Object("57", bytes.fromhex("6212345678901232D301220100000F")), transparent)
            ),
        )
    )
    assert text.startswith(cpm.PREFIX)
    assert reading.decode(text).scheme == "unionpay"
    with pytest.raises(Refusal, match="code_field_missing"):
        cpm.encode((cpm.Application(UNIONPAY_AID, ()),))


@given(
    st.text("ABCDEFGHabcdefgh0123456789+/=", max_size=200).map(cpm.PREFIX.__add__)
    | st.integers(0, 48).map(lambda at: ONE[:at] + "A" + ONE[at + 1 :])
)
def test_no_text_raises(text: str) -> None:
    reading.decode(text).json()
