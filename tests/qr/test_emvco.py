"""EMVCo merchant payloads: published examples, checksum, field rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.qr import emvco
from payport.qr.rules import Table
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
    assert emvco.encode(payload.fields) == text
    assert emvco.parse(text[:-4] + text[-4:].lower()).templates == payload.templates


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


def payload_of(fields: dict[str, str]) -> str:
    """Return the payload of these fields."""
    return emvco.encode(fields)


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
        ({"00": "02"}, "00"),
        ({"01": "13"}, "01"),
        ({"53": "000"}, "53"),
        ({"53": None}, "53"),
        ({"55": "04"}, "55"),
        ({"56": "1.00"}, "56"),
        ({"55": "02", "56": "0"}, "56"),
        ({"55": "03", "57": "5%"}, "57"),
        ({"58": "XX"}, "58"),
        ({"59": "\u5e97"}, "59"),
        ({"60": "B" * 16}, "60"),
        ({"61": "1" * 11}, "61"),
        ({"26": "0033" + "G" * 33}, "26-00"),
        ({"27": "no template"}, "27"),
        ({"62": "9"}, "62"),
        ({"62": "0004BILL"}, "62-00"),
        ({"62": "0126" + "1" * 26}, "62-01"),
        ({"62": "1102ab"}, "62-11"),
        ({"62": "5003abc"}, "62-50"),
        ({"62": "50070103abc"}, "62-50-00"),
        ({"64": "0003zho0101a"}, "64-00"),
        ({"64": "0002zh0101a0216" + "b" * 16}, "64-02"),
        ({"65": "e\u0301"}, "65"),
        ({"80": "0104GUID"}, "80-00"),
    ],
)
def test_broken_rule_is_named(changes: dict[str, str | None], where: str) -> None:
    fields = {key: value for key, value in {**BASE, **changes}.items() if value is not None}
    payload = emvco.parse(emvco.encode(fields))
    problems = emvco.check(payload)
    assert where in [problem.id for problem in problems]
    assert {problem.reason.code for problem in problems} <= {
        "code_field_invalid",
        "code_field_missing",
        "code_malformed",
        "code_truncated",
    }


@pytest.mark.parametrize("amount", ["98.73", "98", "98.", "0.01"])
def test_amount_forms(amount: str) -> None:
    assert emvco.check(emvco.parse(emvco.encode({**BASE, "54": amount}))) == []


def test_too_long() -> None:
    with pytest.raises(Refusal, match="code_too_long"):
        emvco.parse("0" * 5_000)


@pytest.mark.parametrize(("text", "code"), [("000201", "code_crc_missing"), (UNIONPAY[:-4] + "0000", "code_crc_wrong")])
def test_checksum_refusals(text: str, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        emvco.parse(text)


def test_format_indicator_comes_first() -> None:
    problems = emvco.check(emvco.parse(emvco.encode(dict(reversed(BASE.items())))))
    assert [(problem.id, problem.reason.code) for problem in problems] == [("00", "code_field_invalid")]


@pytest.mark.parametrize(
    "changes", [{"55": "02", "56": "5"}, {"55": "03", "57": "00.01"}, {"57": "99.99", "55": "03"}, {"55": "01"}]
)
def test_tips_and_fees(changes: dict[str, str]) -> None:
    assert emvco.check(emvco.parse(emvco.encode({**BASE, **changes}))) == []


def test_every_truncation_is_refused() -> None:
    for length in range(len(PUBLISHED)):
        with pytest.raises(Refusal):
            emvco.parse(PUBLISHED[:length])


unicode_values = st.text(min_size=1, max_size=99)


@given(st.dictionaries(st.integers(0, 99).filter((63).__ne__).map("{:02}".format), unicode_values, max_size=20))
def test_payload_round_trip(made: dict[str, str]) -> None:
    text = emvco.encode(made)
    if len(text) > 4_096:
        return
    payload = emvco.parse(text)
    assert emvco.encode(payload.fields) == text
    assert payload.fields["63"] == text[-4:]
    emvco.check(payload)


def test_every_id_of_the_root_level_has_a_rule() -> None:
    assert sorted(emvco.ROOT.rules) == list(emvco.span(0, 99))


def test_mandatory_fields() -> None:
    assert set(emvco.ROOT.mandatory) == {"00", "52", "53", "58", "59", "60", "63"}
    assert set(emvco.LANGUAGE.mandatory) == {"00", "01"}


@pytest.mark.parametrize("table", [emvco.ROOT, emvco.ADDITIONAL, emvco.LANGUAGE])
def test_a_further_rule_has_words(table: Table) -> None:
    for rule in table.rules.values():
        assert bool(rule.says) == (rule.accepts is not bool)


@pytest.mark.parametrize(
    ("field_id", "value"),
    [
        ("59", "caf\u00e9"),
        ("52", "\u0661\u0662\u0663\u0664"),
        ("52", "1234\n"),
        ("54", "1\n"),
        ("63", "\ufb001\ufb001"),
        ("65", "e\u0301"),
        ("65", "\udc80"),
        ("65", "a\x00"),
    ],
)
def test_unicode_tricks(field_id: str, value: str) -> None:
    assert emvco.ROOT.rules[field_id].broken_by(value) is not None


def test_country_codes() -> None:
    accepts = emvco.ROOT.rules["58"].accepts
    assert all(accepts(each) for each in ("CN", "HK", "MO", "TW", "SG"))
    assert not any(accepts(each) for each in ("UK", "EU", "cn"))
