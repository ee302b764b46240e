"""Identifiers have one spelling each."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.values import codec, identifiers
from payport.values.orders import OrderId
from payport.values.refusals import Refusal

GOOD: dict[Any, list[str]] = {
    identifiers.InstitutionId: ["ab", "east", "bank-2", "a" * 16],
    identifiers.AssetId: ["CNY", "acme:POINTS", "a1:9", "abcdefghijklmnop:ABCDEFGHIJKL"],
    identifiers.SchemeName: ["ed25519", "webauthn", "x", "-" * 16],
    identifiers.ChainId: ["t-0011223344556677", "a" * 31 + "-" + "f" * 16, "a--00" + "0" * 14],
    identifiers.MerchantCategory: ["0000", "5411"],
    OrderId: ["A-1", "2026_1.b", "x" * 25],
}
BAD: dict[Any, list[str]] = {
    identifiers.InstitutionId: ["", "a", "1a", "East", "a_b", "a" * 17, "e\u0430st"],
    identifiers.AssetId: [
        "",
        "cny",
        "CN",
        "CNYX",
        "acme:",
        "acme:points",
        ":P",
        "a:P",
        "acme:ABCDEFGHIJKLM",
        "\uff23\uff2e\uff39",
    ],
    identifiers.SchemeName: ["", "ED25519", "x" * 17, "a b"],
    identifiers.ChainId: [
        "t",
        "t-001122334455667",
        "t-00112233445566zz",
        "T-0011223344556677",
        "a" * 32 + "-" + "0" * 16,
    ],
    identifiers.MerchantCategory: ["", "541", "54111", "abcd", "٥٤١١"],
    OrderId: ["", "A 1", "x" * 26, "é"],
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in GOOD.items() for text in texts])
def test_good_names(kind: Any, text: str) -> None:
    assert codec.decode(codec.encode(text), kind) == text


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in BAD.items() for text in texts])
def test_bad_names(kind: Any, text: str) -> None:
    with pytest.raises(Refusal, match="malformed_bytes"):
        codec.decode(codec.encode(text), kind)


@pytest.mark.parametrize(("kind", "text"), [(kind, texts[0]) for kind, texts in GOOD.items()])
@pytest.mark.parametrize("around", ["{}\n", "\n{}", "{} ", " {}", "{}\0", "{}\u2028", "{}\r\n"])
def test_nothing_stands_around_a_name(kind: Any, text: str, around: str) -> None:
    with pytest.raises(Refusal, match="malformed_bytes"):
        codec.decode(codec.encode(around.format(text)), kind)


@given(st.binary(min_size=1, max_size=33))
def test_hexadecimal_round_trip(data: bytes) -> None:
    assert identifiers.parse_hex(data.hex(), len(data)) == data
    for length in (len(data) - 1, len(data) + 1):
        with pytest.raises(Refusal, match="malformed_identifier"):
            identifiers.parse_hex(data.hex(), length)


@given(st.text(max_size=6) | st.text("0123456789abcdefABCDEF \n", min_size=4, max_size=4))
def test_hexadecimal_has_one_spelling(text: str) -> None:
    try:
        data = identifiers.parse_hex(text, 2)
    except Refusal:
        assert len(text) != 4 or set(text) - set("0123456789abcdef")
    else:
        assert data.hex() == text


def test_currencies_are_told_from_other_assets() -> None:
    assert [identifiers.is_currency(each) for each in GOOD[identifiers.AssetId]] == [True, False, False, False]
