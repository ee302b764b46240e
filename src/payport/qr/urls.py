"""Addresses and other written forms a camera may meet: named and explained, never fetched.

The one address that is a payment of this market, ``https://qr.95516.com/<institution>/<order>``, is valid only where
every part is exactly so; what merely looks like it is called a look-alike.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

UNIONPAY_HOST: Final = "qr.95516.com"
"""Host of the domestic merchant codes."""

_UNIONPAY: Final = re.compile(r"(?i:https://qr\.95516\.com)/([0-9]{8})/([0-9A-Za-z_-]{1,64})", re.ASCII)
_AUTHORITY: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")
_LOOKS_LIKE: Final = re.compile(r"qr\.95516", re.IGNORECASE)


class Form(NamedTuple):
    """A written form that is told by how it begins."""

    scheme: str
    """Stable name."""
    title: str
    """Name as its users write it."""
    beginnings: tuple[str, ...]
    """How its texts begin, in lower case; compared without regard to letter case."""
    pays: bool
    """Whether it asks for a payment."""
    kind: str = "url"
    """``url`` or ``text``."""


FORMS: Final = (
    Form(
        "alipay", "Alipay address", ("https://qr.alipay.com/", "http://qr.alipay.com/", "alipays://", "alipay://"), True
    ),
    Form(
        "wechat",
        "WeChat Pay address",
        ("wxp://", "weixin://wxpay/", "https://payapp.weixin.qq.com/", "https://wx.tenpay.com/"),
        True,
    ),
    Form("wechat_contact", "WeChat contact", ("https://u.wechat.com/", "weixin://"), False),
    Form("upi", "UPI payment link", ("upi://pay", "upi://mandate", "upi:"), True),
    Form("paypay", "PayPay address", ("https://qr.paypay.ne.jp/",), True),
    Form("linepay", "LINE Pay address", ("https://line.me/r/pay/", "line://pay/"), True),
    Form("twqr", "TWQR (Taiwan)", ("twqrp://",), True),
    Form("swish", "Swish payment link", ("swish://",), True),
    Form("paypal", "PayPal address", ("https://www.paypal.com/", "https://paypal.me/"), True),
    Form("epc", "SEPA credit transfer (EPC069-12)", ("bcd\n", "bcd\r\n"), True, "text"),
    Form("swiss_qr_bill", "Swiss QR-bill", ("spc\n", "spc\r\n"), True, "text"),
    Form("spayd", "Short Payment Descriptor (Czechia)", ("spd*",), True, "text"),
    Form("bitcoin", "Bitcoin address", ("bitcoin:",), True),
    Form("lightning", "Lightning invoice", ("lightning:", "lnbc", "lnurl1"), True),
    Form("ethereum", "Ethereum address", ("ethereum:",), True),
    Form("wifi", "Wi-Fi access", ("wifi:",), False, "text"),
    Form("vcard", "Contact", ("begin:vcard", "mecard:"), False, "text"),
    Form("calendar", "Calendar entry", ("begin:vevent", "begin:vcalendar"), False, "text"),
    Form("otpauth", "One-time password key", ("otpauth://",), False),
    Form("mail", "E-mail address", ("mailto:", "matmsg:"), False),
    Form("phone", "Telephone number", ("tel:", "sms:", "smsto:"), False),
    Form("geo", "Place", ("geo:",), False),
    Form("web", "Web address", ("https://", "http://"), False),
)
"""In the order in which they are asked: the first whose beginning fits."""


class Address(NamedTuple):
    """What a written form is."""

    kind: str
    """``url`` or ``text``."""
    scheme: str
    """Stable name."""
    title: str
    """Name as its users write it."""
    pays: bool
    """Whether it asks for a payment."""
    fields: dict[str, str]
    """Its parts, where they are known."""
    wrong: str
    """Why it is not valid; empty where it is."""


def read(text: str) -> Address | None:
    """Tell what ``text`` is, or ``None`` where no form begins so."""
    found = _UNIONPAY.fullmatch(text)
    if found is not None:
        fields = {"host": UNIONPAY_HOST, "institution": found[1], "order": found[2]}
        return Address("url", "unionpay", "UnionPay merchant address", True, fields, "")
    begins = text[:64].lower()
    for form in FORMS:
        if begins.startswith(form.beginnings):
            authority = _AUTHORITY.match(text)
            host = "" if authority is None else authority[1]
            fields = {"host": host} if host else {}
            if form.scheme == "web" and _LOOKS_LIKE.search(text):
                return Address("url", "unionpay", "UnionPay merchant address", True, fields, _why_not(text, host))
            return Address(form.kind, form.scheme, form.title, form.pays, fields, "")
    return None


def _why_not(text: str, host: str) -> str:
    """Say what a text that mentions UnionPay's host has wrong."""
    if host.lower() != UNIONPAY_HOST:
        return f"the host is {host!a}, not {UNIONPAY_HOST}: it may be a forgery"
    if not text.lower().startswith("https://"):
        return "it does not begin with https://"
    return (
        f"after the host stand an institution of 8 digits and an order: https://{UNIONPAY_HOST}/<institution>/<order>"
    )
