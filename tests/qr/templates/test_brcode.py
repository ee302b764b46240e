"""BR Code: keys and addresses of Pix."""

from __future__ import annotations

import pytest

from payport.qr import tlv
from tests.qr.templates.answers import teller

PIX = {"00": "br.gov.bcb.pix", "01": "123e4567-e12b-12d1-a456-426655440000"}
BASE = {
    "00": "01",
    "26": tlv.encode(PIX),
    "52": "0000",
    "53": "986",
    "58": "BR",
    "59": "SHOP",
    "60": "BRASILIA",
    "62": tlv.encode({"05": "***"}),
}

told = teller(BASE)


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("+5561912345678", "phone"),
        ("fulano@example.com", "email"),
        ("12345678901", "national_id"),
        ("12345678000195", "business_id"),
        ("12ABC34501DE35", "business_id"),
        (PIX["01"], "alias"),
    ],
)
def test_what_a_key_is(key: str, kind: str) -> None:
    answer = told(f26=tlv.encode({**PIX, "01": key}))
    assert (answer["scheme"], answer["valid"]) == ("brcode", True)
    assert answer["payee"] == {"kind": kind, "id": key, "institution": None}


def test_a_dynamic_code_names_an_address() -> None:
    answer = told(f26=tlv.encode({"00": "BR.GOV.BCB.PIX", "25": "pix.example.com/1"}))
    assert answer["valid"]
    assert answer["payee"] == {"kind": "url", "id": "pix.example.com/1", "institution": None}


def test_a_recurring_payment_names_the_address_of_its_mandate() -> None:
    mandate = tlv.encode({"00": PIX["00"], "25": "pix.example.com/rec/1"})
    answer = told(f26=tlv.encode({"00": PIX["00"]}), f80=mandate)
    assert (answer["scheme"], answer["valid"], answer["strict_valid"]) == ("brcode", True, True)
    assert answer["payee"] == {"kind": "url", "id": "pix.example.com/rec/1", "institution": None}
    assert told(f80=mandate)["payee"]["id"] == PIX["01"]


def test_the_forerunner_names_an_account() -> None:
    answer = told(f26=tlv.encode({"00": "br.gov.bcb.spi", "21": "12345678", "22": "1234", "23": "99887766"}))
    assert answer["valid"]
    assert answer["payee"] == {"kind": "account", "id": "99887766", "institution": "12345678"}


def test_a_withdrawal_names_its_institution() -> None:
    assert told(f26=tlv.encode({**PIX, "03": "12345678"}), f54="0.00")["valid"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"f26": tlv.encode({"00": PIX["00"]})}, ("code_field_missing", "26-01")),
        ({"f26": tlv.encode({**PIX, "03": "1"})}, ("code_field_invalid", "26-03")),
        ({"f26": tlv.encode({**PIX, "25": "pix.example.com/1"})}, ("code_field_invalid", "26-25")),
        ({"f26": tlv.encode({"00": PIX["00"], "25": "https://pix.example.com/1"})}, ("code_field_invalid", "26-25")),
        ({"f26": tlv.encode({"00": PIX["00"], "25": "pix example.com/1"})}, ("code_field_invalid", "26-25")),
        (
            {"f26": tlv.encode({"00": PIX["00"], "03": "12345678", "25": "pix.example.com/1"})},
            ("code_field_invalid", "26-03"),
        ),
        ({"f62": tlv.encode({"05": "açaí"})}, ("code_field_invalid", "62-05")),
        ({"f01": "10"}, ("code_field_invalid", "01")),
        ({"f53": "840"}, ("code_field_invalid", "53")),
        ({"f58": "PT"}, ("code_field_invalid", "58")),
        ({"f60": None}, ("code_field_missing", "60")),
    ],
)
def test_what_the_scheme_does_not_allow(changes: dict[str, str | None], error: tuple[str, str]) -> None:
    answer = told(**changes)
    assert (answer["scheme"], answer["valid"]) == ("brcode", False)
    assert error in [(each["code"], each["id"]) for each in answer["errors"] if each["breaks"] == "valid"]
