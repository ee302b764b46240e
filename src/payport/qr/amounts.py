"""The currencies of ISO 4217, and amounts between minor units and the text of field 54: exact, integers only."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from payport.qr.refusals import CODE_FIELD_INVALID
from payport.values.money import MAX_AMOUNT_MINOR


class Currency(NamedTuple):
    """A currency of ISO 4217."""

    numeric: str
    """Three digits, as field 53 carries it."""
    exponent: int
    """Digits after the point."""


_CODES_BY_EXPONENT: Final = {
    0: """
        BIF108 CLP152 DJF262 GNF324 ISK352 JPY392 KMF174 KRW410 PYG600 RWF646 UGX800 UYI940 VND704 VUV548 XAF950
        XOF952 XPF953
    """,
    2: """
        AED784 AFN971 ALL008 AMD051 AOA973 ARS032 AUD036 AWG533 AZN944 BAM977 BBD052 BDT050 BMD060 BND096 BOB068
        BOV984 BRL986 BSD044 BTN064 BWP072 BYN933 BZD084 CAD124 CDF976 CHE947 CHF756 CHW948 CNY156 COP170 COU970
        CRC188 CUP192 CVE132 CZK203 DKK208 DOP214 DZD012 EGP818 ERN232 ETB230 EUR978 FJD242 FKP238 GBP826 GEL981
        GHS936 GIP292 GMD270 GTQ320 GYD328 HKD344 HNL340 HTG332 HUF348 IDR360 ILS376 INR356 IRR364 JMD388 KES404
        KGS417 KHR116 KPW408 KYD136 KZT398 LAK418 LBP422 LKR144 LRD430 LSL426 MAD504 MDL498 MGA969 MKD807 MMK104
        MNT496 MOP446 MRU929 MUR480 MVR462 MWK454 MXN484 MXV979 MYR458 MZN943 NAD516 NGN566 NIO558 NOK578 NPR524
        NZD554 PAB590 PEN604 PGK598 PHP608 PKR586 PLN985 QAR634 RON946 RSD941 RUB643 SAR682 SBD090 SCR690 SDG938
        SEK752 SGD702 SHP654 SLE925 SOS706 SRD968 SSP728 STN930 SVC222 SYP760 SZL748 THB764 TJS972 TMT934 TOP776
        TRY949 TTD780 TWD901 TZS834 UAH980 USD840 USN997 UYU858 UZS860 VED926 VES928 WST882 XAD396 XCD951 XCG532
        YER886 ZAR710 ZMW967 ZWG924
    """,
    3: "BHD048 IQD368 JOD400 KWD414 LYD434 OMR512 TND788",
    4: "CLF990 UYW927",
}
"""Alphabetic and numeric code of every currency in use, by its number of digits after the point."""

_WITHOUT_MINOR_UNIT: Final = "955 956 957 958 959 960 961 962 963 964 965 994 999"
"""Metals, bond units, test and no currency: codes of the standard in which nothing can be paid here."""

_WITHDRAWN: Final = "191 694 931 932 937 975"
"""Codes withdrawn since 2018 (HRK, SLL, CUC, ZWL, VEF, BGN): stickers that carry them still hang."""

CURRENCIES: Final[dict[str, Currency]] = {
    each[:3]: Currency(each[3:], exponent) for exponent, codes in _CODES_BY_EXPONENT.items() for each in codes.split()
}
"""The currencies a Payport code can ask for, by alphabetic code."""

ALPHABETIC: Final = {currency.numeric: name for name, currency in CURRENCIES.items()}
"""Alphabetic code by numeric code."""

NUMERIC_CODES: Final = frozenset(ALPHABETIC) | frozenset(_WITHOUT_MINOR_UNIT.split()) | frozenset(_WITHDRAWN.split())
"""Every numeric code field 53 may carry."""

_DECIMAL: Final = re.compile(r"([0-9]{1,16})(?:\.([0-9]{0,16}))?")


def currency_named(numeric: str) -> str:
    """Return the alphabetic code of a numeric one; raises ``code_field_invalid``."""
    found = ALPHABETIC.get(numeric)
    if found is None:
        CODE_FIELD_INVALID.refuse("53: not a currency in which anything can be paid")
    return found


def currency_of(asset: str) -> Currency:
    """Return the ISO 4217 entry of an asset; raises ``code_field_invalid`` where field 53 cannot carry it."""
    found = CURRENCIES.get(asset)
    if found is None:
        CODE_FIELD_INVALID.refuse("53: the asset is no currency of ISO 4217")
    return found


def write_amount(amount_minor: int, asset: str) -> str:
    """Return minor units as decimal text; raises ``code_field_invalid`` outside 1 to 2^53-1."""
    if not 1 <= amount_minor <= MAX_AMOUNT_MINOR:
        CODE_FIELD_INVALID.refuse("54: outside 1 to 2^53-1 minor units")
    exponent = currency_of(asset).exponent
    if exponent == 0:
        return str(amount_minor)
    digits = str(amount_minor).rjust(exponent + 1, "0")
    return f"{digits[:-exponent]}.{digits[-exponent:]}"


def read_amount(text: str, asset: str) -> int:
    """Return decimal text as minor units; raises ``code_field_invalid`` where it is finer than the currency."""
    exponent = currency_of(asset).exponent
    found = _DECIMAL.fullmatch(text)
    if found is None:
        CODE_FIELD_INVALID.refuse("54: not a decimal number")
    whole, fraction = found[1], (found[2] or "").rstrip("0")
    if len(fraction) > exponent:
        CODE_FIELD_INVALID.refuse(f"54: {asset} has {exponent} digits after the point")
    amount_minor = int(whole + fraction.ljust(exponent, "0"))
    if not 1 <= amount_minor <= MAX_AMOUNT_MINOR:
        CODE_FIELD_INVALID.refuse("54: outside 1 to 2^53-1 minor units")
    return amount_minor
