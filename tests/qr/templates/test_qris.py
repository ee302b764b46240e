"""QRIS: how it is recognised, who is paid, and what the scheme refuses."""

from __future__ import annotations

import pytest

from payport.qr import tlv
from tests.qr.templates.answers import teller

ACQUIRER = {"00": "ID.CO.BCA.WWW", "01": "936000140012485740", "02": "000885001248574", "03": "UKE"}
BASE = {
    "00": "01",
    "01": "11",
    "26": tlv.encode(ACQUIRER),
    "51": tlv.encode({"00": "ID.CO.QRIS.WWW", "02": "ID2021075347975", "03": "UKE"}),
    "52": "8398",
    "53": "360",
    "58": "ID",
    "59": "SHOP",
    "60": "JAKARTA",
    "61": "12120",
}

told = teller(BASE)


def test_the_shop_is_paid_by_its_national_number() -> None:
    answer = told()
    assert (answer["scheme"], answer["valid"], answer["strict_valid"]) == ("qris", True, True)
    assert answer["payee"] == {"kind": "merchant", "id": "ID2021075347975", "institution": "ID.CO.BCA.WWW"}


def test_a_code_of_one_acquirer_is_recognised_by_country_and_currency() -> None:
    answer = told(f51=None)
    assert (answer["scheme"], answer["valid"]) == ("qris", True)
    assert answer["payee"] == {"kind": "merchant", "id": "936000140012485740", "institution": "ID.CO.BCA.WWW"}


def test_a_transfer_is_paid_to_the_customers_account() -> None:
    answer = told(f26=None, f51=None, f40=tlv.encode(ACQUIRER), f62=tlv.encode({"08": "DMCT"}))
    assert answer["payee"] == {"kind": "account", "id": "936000140012485740", "institution": "ID.CO.BCA.WWW"}


def test_the_register_alone_names_the_shop_too() -> None:
    assert told(f26=None)["payee"] == {"kind": "merchant", "id": "ID2021075347975", "institution": None}
    assert told(f26=None, f51=tlv.encode({"00": "ID.CO.QRIS.WWW"}))["payee"] is None
    only = tlv.encode({"00": "ID.DANA.WWW", "02": "032706213"})
    assert told(f26=only, f51=None)["payee"]["id"] == "032706213"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"f26": "0014COM"}, ("code_field_invalid", "26")),
        ({"f26": tlv.encode({**ACQUIRER, "01": "9360ABC"})}, ("code_field_invalid", "26-01")),
        ({"f26": tlv.encode({**ACQUIRER, "03": "MICRO"})}, ("code_field_invalid", "26-03")),
        ({"f53": "840"}, ("code_field_invalid", "53")),
        ({"f58": "SG"}, ("code_field_invalid", "58")),
        ({"f59": None}, ("code_field_missing", "59")),
        ({"f01": "10"}, ("code_field_invalid", "01")),
        ({"f55": "02"}, ("code_field_invalid", "56")),
        ({"f54": "1.000,00"}, ("code_field_invalid", "54")),
    ],
)
def test_what_the_scheme_refuses(changes: dict[str, str | None], error: tuple[str, str]) -> None:
    answer = told(**changes)
    assert not answer["valid"]
    assert error in [(each["code"], each["id"]) for each in answer["errors"] if each["breaks"] == "valid"]
