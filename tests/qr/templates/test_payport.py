"""The network's own codes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.qr import codes, emvco, tlv
from payport.qr.limits import RECOMMENDED_PAYLOAD_CHARACTERS
from payport.qr.templates.payport import GUID, MerchantCode, encode
from payport.values.refusals import Refusal

printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=15)
made_codes = st.builds(
    MerchantCode,
    account=st.binary(min_size=16, max_size=16),
    category=st.from_regex("[0-9]{4}", fullmatch=True),
    asset=st.sampled_from(["CNY", "HKD", "JPY"]),
    amount_minor=st.none() | st.integers(1, 10**9),
    country=st.sampled_from(["CN", "HK"]),
    name=printable,
    city=printable,
    order=st.none() | st.binary(min_size=1, max_size=260),
    reference=st.none() | printable,
    bill_number=st.none() | printable,
    local_name=st.none() | st.text("优选超市北京", min_size=1, max_size=25),
)


@given(made_codes)
def test_round_trip(code: MerchantCode) -> None:
    assert codes.read(encode(code)) == code


def test_signed_order_fits_the_recommended_size() -> None:
    code = MerchantCode(b"m" * 16, "5411", "CNY", 12_850, "CN", "BEST MARKET", "BEIJING", bytes(190))
    assert len(encode(code)) <= RECOMMENDED_PAYLOAD_CHARACTERS


def reencode(code: MerchantCode, **changes: str) -> str:
    return emvco.encode({**emvco.parse(encode(code)).fields, **changes})


STATIC = MerchantCode(b"m" * 16, "5411", "CNY", None, "CN", "SHOP", "BEIJING")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"01": "12"}, "code_field_invalid"),
        ({"26": tlv.encode({"00": GUID, "01": "AB" * 16})}, "code_field_invalid"),
        ({"26": tlv.encode({"00": GUID})}, "code_field_missing"),
        ({"26": tlv.encode({"00": "org.other"})}, "not_our_code"),
        ({"53": "000"}, "code_field_invalid"),
        ({"54": "1.001"}, "code_field_invalid"),
        ({"55": "01"}, "code_not_payable"),
        ({"55": "02", "56": "1.00"}, "code_not_payable"),
        ({"27": tlv.encode({"00": GUID, "01": "ab" * 16})}, "code_field_invalid"),
        ({"01": "12", "81": tlv.encode({"00": GUID, "01": "AAAA"})}, "code_field_invalid"),
        ({"01": "12", "80": tlv.encode({"00": GUID, "01": "AB"})}, "code_field_invalid"),
        ({"01": "12", "80": tlv.encode({"00": GUID})}, "code_field_invalid"),
        ({"80": tlv.encode({"00": GUID, "01": "AAAA"})}, "code_field_invalid"),
        ({"80": tlv.encode({"00": GUID, "01": "***"}), "01": "12"}, "code_field_invalid"),
    ],
)
def test_refused(changes: dict[str, str], code: str) -> None:
    with pytest.raises(Refusal) as caught:
        codes.read(reencode(STATIC, **changes))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "changes",
    [
        {"order": bytes(700)},
        {"order": b""},
        {"account": b"short"},
        {"asset": "acme:POINTS"},
        {"amount_minor": 0},
        {"amount_minor": 10**15},
        {"name": ""},
        {"name": "\u5e97"},
        {"name": "S" * 26},
        {"city": "C" * 100},
        {"category": "54"},
        {"country": "XX"},
        {"reference": "R" * 26},
        {"local_name": "\udc80"},
    ],
)
def test_what_cannot_be_encoded(changes: dict[str, Any]) -> None:
    with pytest.raises(Refusal, match="code_field_invalid"):
        encode(STATIC._replace(**changes))


def test_account_may_stand_in_any_account_template() -> None:
    fields = emvco.parse(encode(STATIC)).fields
    both = {"26": tlv.encode({"00": "org.other"}), "30": tlv.encode({"00": GUID, "01": "6d" * 16})}
    assert codes.read(emvco.encode({**fields, **both})) == STATIC


def test_objects_in_any_order() -> None:
    code = STATIC._replace(order=bytes(range(200)), amount_minor=5)
    fields = emvco.parse(encode(code)).fields
    assert codes.read(emvco.encode({"00": "01", **dict(reversed(fields.items()))})) == code


def test_layout() -> None:
    payload = emvco.parse(encode(STATIC._replace(order=bytes(100))))
    assert payload.template("26") == {"00": "org.payport", "01": "6d" * 16}
    assert payload.template("80") == {"00": "org.payport", "01": "A" * 80}
    assert payload.template("81") == {"00": "org.payport", "01": "A" * 54}


@given(made_codes, st.integers(0, 700), st.characters())
def test_a_changed_code_is_refused(code: MerchantCode, at: int, character: str) -> None:
    text = encode(code)
    at %= len(text)
    changed = text[:at] + character + text[at + 1 :]
    if changed.upper() == text.upper():
        return
    with pytest.raises(Refusal):
        codes.read(changed)
