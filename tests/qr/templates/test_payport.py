"""The network's own codes."""

from __future__ import annotations

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
    local_name=st.none() | st.text("优选超市北京", min_size=1, max_size=25),
)


@given(made_codes)
def test_round_trip(code: MerchantCode) -> None:
    assert codes.read(encode(code)) == code


def test_signed_order_fits_the_recommended_size() -> None:
    code = MerchantCode(b"m" * 16, "5411", "CNY", 12_850, "CN", "BEST MARKET", "BEIJING", bytes(190))
    assert len(encode(code)) <= RECOMMENDED_PAYLOAD_CHARACTERS


def reencode(code: MerchantCode, **changes: str) -> str:
    fields = dict(emvco.parse(encode(code)).fields[:-1])
    return emvco.encode(tuple(tlv.Field(*each) for each in {**fields, **changes}.items()))


STATIC = MerchantCode(b"m" * 16, "5411", "CNY", None, "CN", "SHOP", "BEIJING")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"01": "12"}, "code_field_invalid"),
        ({"26": tlv.encode([tlv.Field("00", GUID), tlv.Field("01", "AB" * 16)])}, "code_field_invalid"),
        ({"26": tlv.encode([tlv.Field("00", GUID)])}, "code_field_invalid"),
        ({"26": tlv.encode([tlv.Field("00", "org.other")])}, "not_our_code"),
        ({"53": "000"}, "code_field_invalid"),
        ({"54": "1.001"}, "code_field_invalid"),
        ({"80": tlv.encode([tlv.Field("00", GUID), tlv.Field("01", "***")]), "01": "12"}, "code_field_invalid"),
    ],
)
def test_refused(changes: dict[str, str], code: str) -> None:
    with pytest.raises(Refusal) as caught:
        codes.read(reencode(STATIC, **changes))
    assert caught.value.code == code


def test_order_too_large() -> None:
    with pytest.raises(Refusal, match="code_field_invalid"):
        encode(STATIC._replace(order=bytes(700)))
