"""A reading in two sentences people understand, in English and in Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from payport.qr.scheme import PayeeKind

if TYPE_CHECKING:
    from payport.qr.reading import Reading

OUR_SCHEME: Final = "payport"
"""The scheme whose codes are paid here."""

_PAYEES: Final = {
    PayeeKind.MERCHANT: ("merchant number", "商户号"),
    PayeeKind.ACCOUNT: ("account", "账户"),
    PayeeKind.WALLET: ("wallet", "钱包"),
    PayeeKind.CARD: ("card number", "卡号"),
    PayeeKind.PHONE: ("phone number", "手机号"),
    PayeeKind.EMAIL: ("e-mail address", "电子邮箱"),
    PayeeKind.NATIONAL_ID: ("identity number", "个人证件号"),
    PayeeKind.BUSINESS_ID: ("company number", "企业登记号"),
    PayeeKind.BILLER: ("biller number", "缴费机构号"),
    PayeeKind.ALIAS: ("alias", "别名"),
    PayeeKind.URL: ("address", "网址"),
}
"""What an identifier of a payee is called."""


class Explanation(NamedTuple):
    """The same in both languages."""

    en: str
    """English."""
    zh: str
    """Simplified Chinese."""


def explain_merchant(reading: Reading) -> Explanation:
    """Say what a merchant code asks for, and whether it can be paid here."""
    en, zh = [str(reading.facts["title"])], [str(reading.facts["title"])]
    name = reading.fields.get("59")
    if isinstance(name, str) and name:
        en.append(f"from {name}")
        zh.append(f"商户“{name}”")
    payee = reading.facts["payee"]
    if payee is not None:
        words = _PAYEES[PayeeKind(payee["kind"])]
        en.append(f"paying {words[0]} {payee['id']}")
        zh.append(f"收款{words[1]} {payee['id']}")
    amount, currency = reading.facts["amount"], reading.facts["currency_code"] or ""
    en.append(f"for {amount} {currency}".strip() if amount else "for an amount the payer enters")
    zh.append(f"金额 {amount} {currency}".strip() if amount else "金额由付款人输入")
    if not reading.valid:
        ends = ("It is not valid and must not be paid.", "该码无效，请勿付款。")
    elif reading.scheme == OUR_SCHEME:
        ends = ("It can be paid here.", "可以在此支付。")
    else:
        ends = ("It belongs to another network and cannot be paid here.", "该码属于其他支付网络，无法在此支付。")
    return Explanation(f"{' '.join(en)}. {ends[0]}", f"{'，'.join(zh)}。{ends[1]}")
