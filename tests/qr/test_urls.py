"""Addresses: named, never fetched, look-alikes told."""

from __future__ import annotations

import pytest

from payport.qr import reading, urls

PUBLISHED = "https://qr.95516.com/00010000/010133220077388392780208852187"


def test_unionpay_merchant_address() -> None:
    told = reading.decode(PUBLISHED).json()
    assert (told["kind"], told["scheme"], told["valid"], told["strict_valid"]) == ("url", "unionpay", True, None)
    assert (told["host"], told["institution"], told["order"]) == (
        "qr.95516.com",
        "00010000",
        "010133220077388392780208852187",
    )
    assert reading.decode(PUBLISHED.replace("https://qr", "HTTPS://QR")).valid


@pytest.mark.parametrize(
    "text",
    [
        "https://qr.95516.com.evil.example/00010000/1",
        "https://evil@qr.95516.com/00010000/1",
        "https://qr.95516.com:8443/00010000/1",
        "https://qr.95516.com@evil.example/00010000/1",
        "https://evil.example/?u=https://qr.95516.com/00010000/1",
        "http://qr.95516.com/00010000/1",
        "https://qr.95516.com/0001/1",
        "https://qr.95516.com/00010000/",
        "https://qr.95516.com/00010000/1?x=1",
        "https://qr.95516.com/00010000/%31",
        "https://qr.95516.com/00010000/1\n",
        "https://qr.95516.com/\uff10\uff10\uff10\uff11\uff10\uff10\uff10\uff10/1",
        "https://qr.95516.com\\@evil.example/00010000/1",
    ],
)
def test_a_look_alike_is_not_valid(text: str) -> None:
    found = reading.decode(text)
    assert (found.scheme, found.valid) == ("unionpay", False)
    assert found.json()["errors"]


@pytest.mark.parametrize(
    ("text", "kind", "scheme", "pays"),
    [
        ("https://qr.alipay.com/fkx123", "url", "alipay", True),
        ("wxp://f2f0abc", "url", "wechat", True),
        ("weixin://wxpay/bizpayurl?pr=1", "url", "wechat", True),
        ("https://u.wechat.com/abc", "url", "wechat_contact", False),
        ("UPI://pay?pa=shop@bank", "url", "upi", True),
        ("BCD\n002\n1\nSCT\n", "text", "epc", True),
        ("SPC\r\n0200\r\n1\r\n", "text", "swiss_qr_bill", True),
        ("WIFI:S:net;;", "text", "wifi", False),
        ("https://example.org/", "url", "web", False),
        ("https://qr.\u043995516.com/00010000/1", "url", "web", False),
    ],
)
def test_other_forms_are_named(text: str, kind: str, scheme: str, pays: bool) -> None:
    told = reading.decode(text).json()
    assert (told["kind"], told["scheme"], told["pays"]) == (kind, scheme, pays)


def test_beginnings_are_lower_case_and_none_hides_a_later_one() -> None:
    seen: list[str] = []
    for form in urls.FORMS:
        for beginning in form.beginnings:
            assert beginning == beginning.lower()
            assert not beginning.startswith(tuple(seen))
            seen.append(beginning)
