"""Thai QR Payment: PromptPay transfers, bill payments, and the codes banks write beside them.

Three templates: 29 transfers to whoever a telephone number, an identity number, a wallet or an account names; 30 pays
a bill at a biller, by one or two references; 31 repeats a shop's bill for the bank that serves it. The e-wallet
TrueMoney writes its codes as transfers, with a message in 81.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from payport.qr import refusals
from payport.qr.emvco import check_conditions
from payport.qr.rules import COMMON, NUMERIC, Presence, Problem, Rule, table
from payport.qr.scheme import Found, Payee, PayeeKind, Scheme, Template

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payport.qr.emvco import Payload

_M, _C, _O = Presence.MANDATORY, Presence.CONDITIONAL, Presence.OPTIONAL

_TRANSFER: Final = "29"
_BILL: Final = "30"
_INNOVATION: Final = "31"

_PROXIES: Final = ("01", "02", "03", "04", "05")
_KINDS: Final = {
    "01": PayeeKind.PHONE,
    "02": PayeeKind.NATIONAL_ID,
    "03": PayeeKind.WALLET,
    "04": PayeeKind.ACCOUNT,
    "05": PayeeKind.ALIAS,
}
_COMPANY: Final = "0"
"""First digit of a company's tax number; a person's identity number begins with another."""

_BANK_CHARACTERS: Final = 3
_ACCOUNT: Final = re.compile("[0-9]{3}[0-9A-Za-z-]+")


def _problems(payload: Payload, found: tuple[Found, ...]) -> Iterable[Problem]:
    """Yield a transfer that names nobody, and a fee that does not fit its indicator."""
    for each in found:
        if each.id == _TRANSFER and not any(each.fields.get(proxy) for proxy in _PROXIES):
            yield Problem(refusals.CODE_FIELD_MISSING, "29-01", "telephone, identity number, wallet or account")
    yield from check_conditions(payload.fields)


def _payee(_payload: Payload, found: tuple[Found, ...]) -> Payee | None:
    """Return who gets the transfer or the bill; a shop's number at its bank where the code says nothing else."""
    templates = {each.id: each.fields for each in found}
    transfer = templates.get(_TRANSFER, {})
    for proxy in _PROXIES:
        if transfer.get(proxy):
            return _transferred(proxy, transfer[proxy])
    if templates.get(_BILL, {}).get("01"):
        return Payee(PayeeKind.BILLER, templates[_BILL]["01"])
    shop = templates.get(_INNOVATION, {})
    return Payee(PayeeKind.MERCHANT, shop["02"], shop.get("01")) if shop.get("02") else None


def _transferred(proxy: str, value: str) -> Payee:
    if proxy == "02" and value.startswith(_COMPANY):
        return Payee(PayeeKind.BUSINESS_ID, value)
    if proxy == "04":
        return Payee(PayeeKind.ACCOUNT, value[_BANK_CHARACTERS:], value[:_BANK_CHARACTERS])
    return Payee(_KINDS[proxy], value)


SCHEME: Final = Scheme(
    name="promptpay",
    title="PromptPay",
    operator="Bank of Thailand and National ITMX",
    source="Bank of Thailand, Guideline: Standardised Thai QR Code for Payment, 2019, read through libraries",
    templates=(
        Template(
            "Transfer",
            (_TRANSFER,),
            ("A000000677010111", "A000000677010114"),
            table(
                Rule(
                    ("00",), "Application identifier (0111 shown by the payee, 0114 by the payer)", COMMON, 16, 16, _M
                ),
                Rule(
                    ("01",),
                    "Telephone number: country code padded to four digits, then the number",
                    NUMERIC,
                    13,
                    13,
                    _C,
                ),
                Rule(("02",), "National identity or tax number", NUMERIC, 13, 13, _C),
                Rule(("03",), "E-wallet number", NUMERIC, 15, 15, _C),
                Rule(
                    ("04",),
                    "Bank account",
                    COMMON,
                    4,
                    43,
                    _C,
                    "three digits of the bank, then the account",
                    _ACCOUNT.fullmatch,
                ),
                Rule(("05",), "One-time authorisation", COMMON, 10, 10, _C),
            ),
        ),
        Template(
            "Bill payment",
            (_BILL,),
            ("A000000677010112", "A000000677012006"),
            table(
                Rule(("00",), "Application identifier (0112 domestic, 2006 across borders)", COMMON, 16, 16, _M),
                Rule(("01",), "Biller: tax number, then two digits of the service", NUMERIC, 13, 15, _M),
                Rule(("02",), "Reference 1", COMMON, 1, 20, _M),
                Rule(("03",), "Reference 2", COMMON, 1, 20, _O),
            ),
        ),
        Template(
            "Payment innovation",
            (_INNOVATION,),
            ("A000000677010113", "A000000677012004"),
            table(
                Rule(("00",), "Application identifier", COMMON, 16, 16, _M),
                Rule(("01",), "Bank or biller that serves the shop", COMMON, 1, 15, _O),
                Rule(("02",), "Shop or reference 1", COMMON, 1, 25, _O),
                Rule(("03",), "Reference 2", COMMON, 1, 25, _O),
                Rule(("04",), "Reference of the bank", COMMON, 1, 25, _O),
                Rule(("05",), "Further reference of the bank", COMMON, 1, 25, _O),
            ),
        ),
        Template(
            "Tax on the sale",
            ("80",),
            (),
            table(
                Rule(("00",), "Tax branch of the seller", COMMON, 1, 32, _O),
                Rule(("01",), "Rate of the value added tax", COMMON, 1, 99, _O),
                Rule(("02",), "Amount of the value added tax", COMMON, 1, 99, _O),
            ),
        ),
    ),
    required=("00", "53", "58"),
    values={"00": ("01",), "01": ("11", "12"), "53": ("764",), "55": ("01", "02", "03"), "58": ("TH",)},
    bends=(
        "category, name and city (52, 59, 60) are left out; 54, 58 and 53 stand in any order; "
        "TrueMoney writes its message in 81 as hexadecimal digits, not as a template."
    ),
    problems=_problems,
    payee=_payee,
)
"""Transfers and bills of Thailand."""
