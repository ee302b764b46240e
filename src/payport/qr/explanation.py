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


def explain_consumer(reading: Reading) -> Explanation:
    """Say that a code is shown to a till, never scanned by a payer."""
    title = str(reading.facts["title"])
    card = reading.facts.get("card")
    en = f"{title} of card {card}" if card else title
    zh = f"{title}，卡号 {card}" if card else title
    if not reading.valid:
        return Explanation(f"{en}. It is not valid.", f"{zh}。该码无效。")
    return Explanation(
        f"{en}. A payer shows it to a till; it asks for nothing by itself.",
        f"{zh}。此码由付款人出示给商户扫描，本身不是收款码。",
    )


def explain_written(reading: Reading) -> Explanation:
    """Say what an address or another text is, and that it was not opened."""
    title = str(reading.facts["title"])
    if not reading.valid:
        return Explanation(f"{title}, not valid: do not pay it.", f"{title}，无效，请勿付款。")
    if reading.facts["pays"] and reading.scheme == "unionpay":
        order, institution = reading.fields["order"], reading.fields["institution"]
        return Explanation(
            f"{title}: order {order} at institution {institution}. It was not opened.",
            f"{title}：机构 {institution} 的订单 {order}。未访问该网址。",
        )
    if reading.facts["pays"]:
        return Explanation(
            f"{title}: a payment of another network, which cannot be paid here. It was not opened.",
            f"{title}：其他支付网络的收款，无法在此支付。未访问。",
        )
    return Explanation(f"{title}: no payment. It was not opened.", f"{title}：不是付款码。未访问。")
