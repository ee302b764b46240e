"""Pay codes of digits."""

from __future__ import annotations

import pytest

from payport.qr import digits, reading

UNIONPAY = "6220485073630469936"


@pytest.mark.parametrize(
    ("text", "scheme"),
    [
        (UNIONPAY, "unionpay"),
        ("25" + "0" * 14, "alipay"),
        ("30" + "0" * 22, "alipay"),
        ("286" + "1" * 15, "alipay"),
        ("10" + "0" * 16, "wechat"),
        ("16" + "9" * 16, "wechat"),
    ],
)
def test_whose_it_is(text: str, scheme: str) -> None:
    found = reading.decode(text)
    assert (found.kind, found.scheme, found.valid, found.strict_valid) == ("c2b", scheme, True, None)


@pytest.mark.parametrize(
    "text",
    [
        UNIONPAY[:-1],
        UNIONPAY + "0",
        "24" + "0" * 16,
        "17" + "0" * 16,
        "10" + "0" * 15,
        "\uff16\uff12" + "0" * 17,
        "31" + "0" * 14,
    ],
)
def test_others_are_not(text: str) -> None:
    found = reading.decode(text)
    assert (found.kind, found.valid) == ("unknown", False)


def test_the_parts_and_the_message() -> None:
    told = reading.decode(UNIONPAY).json()
    assert told["fields"] == {"product": "20", "random": "485073630469936"}
    assert (told["iso8583_de59"], told["de22"]) == ("A30196220485073630469936", "032")
    fields = digits.purchase_fields(UNIONPAY, 12_850, 7, "T1", "123456789012345", "000001")
    assert fields["4"] == "000000012850"
    assert (fields["MTI"], fields["22"], fields["59"]) == ("0200", "032", told["iso8583_de59"])
    assert (len(fields["41"]), len(fields["42"])) == (8, 15)
