"""Merchant codes of the network's template: what they say, and texts that are refused."""

from __future__ import annotations

from tools.vector_form import code_of

from payport.ledger import examples
from payport.qr import codes, emvco, tlv
from payport.qr.templates.payport import GUID, MerchantCode, encode

ABOUT = "EMVCo merchant-presented payloads; fields are those of the network's template, null where a code has none."

_STATIC = MerchantCode(examples.MARKET, "5411", "CNY", None, "CN", "BEST MARKET", "BEIJING")


def make() -> dict[str, object]:
    """Return the vectors."""
    order = examples.signed_order(examples.MARKET, "2026-0001", 12_850)
    valid = {
        "static": _STATIC,
        "static with an amount": _STATIC._replace(amount_minor=12_850),
        "static, in a currency without minor units": _STATIC._replace(asset="JPY", amount_minor=500),
        "static with a name in Chinese": _STATIC._replace(local_name="优选超市"),
        "static with references": _STATIC._replace(reference="TABLE 7", bill_number="B-1"),
        "dynamic": _STATIC._replace(amount_minor=12_850, order=order, reference="2026-0001"),
        "dynamic with everything": _STATIC._replace(
            amount_minor=12_850,
            order=order,
            reference="2026-0001",
            bill_number="B-1",
            local_name="优选超市",
            country="HK",
        ),
        "dynamic with the shortest order": _STATIC._replace(amount_minor=1, order=b"\x00"),
    }
    return {
        "valid": [_valid(name, code) for name, code in valid.items()],
        "refused": [
            {"name": name, "payload": text, "code": code_of(codes.read, text)} for name, text in _refused().items()
        ],
    }


def _valid(name: str, code: MerchantCode) -> dict[str, object]:
    text = encode(code)
    assert codes.read(text) == code
    fields = {key: value.hex() if isinstance(value, bytes) else value for key, value in code._asdict().items()}
    return {"name": name, "payload": text, "fields": fields}


def _changed(**fields: str) -> str:
    """Return the static code with other fields, its checksum made anew."""
    return emvco.encode({**emvco.parse(encode(_STATIC)).fields, **fields})


def _with_checksum(text: str) -> str:
    return f"{text}6304{emvco.checksum(f'{text}6304')}"


def _refused() -> dict[str, str]:
    text = encode(_STATIC)
    ours = {"00": GUID}
    return {
        "no payment code": "https://pay.example/1",
        "a character changed": text.replace("BEST", "BEAT"),
        "the checksum left out": text[:-8],
        "cut in a field": text[:40],
        "a length that is no number": text.replace("5204", "52x4"),
        "a field twice": _with_checksum(text[:-8] + "6007BEIJING"),
        "another network": _changed(**{"26": _nested({"00": "org.other", "01": "1"})}),
        "no account": _changed(**{"26": _nested(ours)}),
        "an account that is no id": _changed(**{"26": _nested({**ours, "01": "AB" * 16})}),
        "a second account": _changed(**{"27": _nested({**ours, "01": "ab" * 16})}),
        "an unknown currency": _changed(**{"53": "000"}),
        "three decimals": _changed(**{"54": "1.001"}),
        "a tip": _changed(**{"55": "01"}),
        "dynamic without an order": _changed(**{"01": "12"}),
        "an order in a static code": _changed(**{"80": _nested({**ours, "01": "AAAA"})}),
        "an order that is not base64": _changed(**{"01": "12", "80": _nested({**ours, "01": "***"})}),
        "an order in the wrong template": _changed(**{"01": "12", "81": _nested({**ours, "01": "AAAA"})}),
    }


def _nested(fields: dict[str, str]) -> str:
    return tlv.encode(fields)
