"""EMVCo merchant payloads: published examples, checksum, field rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.qr import emvco, tlv
from payport.values.refusals import Refusal

PUBLISHED = (
    "00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115802CN5914BEST TRANSPORT"
    "6007BEIJING64200002ZH0104最佳运输0202北京540523.7253031565502016233030412340603***0708A60086670902ME"
    "91320016A0112233449988770708123456786304A13A"
)
UNIONPAY = (
    "000201010211153125000344000203445000344701100015204701153033445802HK5916Discount Testing6008Hongkong"
    "62600120000000000000000000000520000000000000000000000708888888886304F153"
)


@pytest.mark.parametrize("text", [PUBLISHED, UNIONPAY])
def test_published_example_is_valid(text: str) -> None:
    payload = emvco.parse(text)
    assert emvco.check(payload) == []
    assert emvco.encode(payload.fields[:-1]) == text
    assert emvco.parse(text[:-4] + text[-4:].lower()).fields[:-1] == payload.fields[:-1]


def test_nested_templates() -> None:
    payload = emvco.parse(PUBLISHED)
    assert payload.template("64") == {"00": "ZH", "01": "最佳运输", "02": "北京"}
    assert payload.template("62")["06"] == "***"
    assert payload.template("59") == {}


def test_checksum_keeps_leading_zeros() -> None:
    text = next(each for each in (f"{number}6304" for number in range(100_000)) if emvco.checksum(each)[0] == "0")
    assert len(emvco.checksum(text)) == 4


@given(st.integers(0, len(UNIONPAY) - 1), st.characters(min_codepoint=32, max_codepoint=0x2FFF))
def test_one_changed_character_is_noticed(at: int, character: str) -> None:
    changed = UNIONPAY[:at] + character + UNIONPAY[at + 1 :]
    if changed.upper() == UNIONPAY.upper():
        return
    with pytest.raises(Refusal):
        emvco.parse(changed)


@given(st.text(max_size=300))
def test_any_text_is_refused_or_read(text: str) -> None:
    try:
        emvco.check(emvco.parse(text))
    except Refusal as refusal:
        code = refusal.code
    else:
        return
    assert code.startswith("code_")


BASE = {"00": "01", "26": "0004GUID", "52": "5411", "53": "156", "58": "CN", "59": "SHOP", "60": "BEIJING"}


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"54": "0"}, "54"),
        ({"54": "98,73"}, "54"),
        ({"54": "3 705"}, "54"),
        ({"54": "1" * 14}, "54"),
        ({"52": None}, "52"),
        ({"26": None}, "02"),
        ({"26": "0104GUID"}, "26-00"),
        ({"59": "S" * 26}, "59"),
        ({"55": "02"}, "56"),
        ({"55": "03", "57": "00.00"}, "57"),
        ({"57": "01.00"}, "57"),
        ({"58": "cn"}, "58"),
        ({"62": "0903AAM"}, "62-09"),
        ({"64": "0002zh"}, "64-01"),
    ],
)
def test_broken_rule_is_named(changes: dict[str, str | None], where: str) -> None:
    fields = {key: value for key, value in {**BASE, **changes}.items() if value is not None}
    payload = emvco.parse(emvco.encode(tuple(tlv.Field(*each) for each in fields.items())))
    problems = emvco.check(payload)
    assert where in [problem.id for problem in problems]
    assert {problem.reason.code for problem in problems} <= {"code_field_invalid", "code_field_missing"}


@pytest.mark.parametrize("amount", ["98.73", "98", "98.", "0.01"])
def test_amount_forms(amount: str) -> None:
    fields = tuple(tlv.Field(*each) for each in {**BASE, "54": amount}.items())
    assert emvco.check(emvco.parse(emvco.encode(fields))) == []


def test_too_long() -> None:
    with pytest.raises(Refusal, match="code_too_long"):
        emvco.parse("0" * 5_000)


@pytest.mark.parametrize(("text", "code"), [("000201", "code_crc_missing"), (UNIONPAY[:-4] + "0000", "code_crc_wrong")])
def test_checksum_refusals(text: str, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        emvco.parse(text)
