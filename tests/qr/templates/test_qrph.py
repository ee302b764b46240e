"""QR Ph: persons and shops."""

from __future__ import annotations

import pytest

from payport.qr import tlv
from tests.qr.templates.answers import teller

PERSON = {"00": "com.p2pqrpay", "01": "BNORPHMMXXX", "02": "99964403", "04": "5267270022100867"}
BASE = {
    "00": "01",
    "01": "11",
    "27": tlv.encode(PERSON),
    "52": "6016",
    "53": "608",
    "58": "PH",
    "59": "NAME",
    "60": "MAKATI",
}

told = teller(BASE)


def test_a_person_is_paid_to_an_account_and_a_shop_to_its_number() -> None:
    answer = told()
    assert (answer["scheme"], answer["valid"], answer["strict_valid"]) == ("qrph", True, True)
    assert answer["payee"] == {"kind": "account", "id": "5267270022100867", "institution": "BNORPHMMXXX"}
    shop = tlv.encode({"00": "ph.ppmi.p2m", "01": "PAPHPHM1XXX", "03": "102140529"})
    answer = told(f27=None, f28=shop, f52="7299")
    assert answer["payee"] == {"kind": "merchant", "id": "102140529", "institution": "PAPHPHM1XXX"}


def test_a_persons_code_with_a_shops_category_pays_a_shop() -> None:
    assert told(f52="5411")["payee"]["kind"] == "merchant"
    bare = tlv.encode({"00": PERSON["00"], "01": PERSON["01"]})
    assert told(f27=bare)["payee"] is None


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"f27": tlv.encode({"00": PERSON["00"]})}, ("code_field_missing", "27-01")),
        ({"f01": "13"}, ("code_field_invalid", "01")),
        ({"f53": "840"}, ("code_field_invalid", "53")),
        ({"f58": "JP"}, ("code_field_invalid", "58")),
        ({"f59": None}, ("code_field_missing", "59")),
    ],
)
def test_what_the_scheme_does_not_allow(changes: dict[str, str | None], error: tuple[str, str]) -> None:
    answer = told(**changes)
    assert (answer["scheme"], answer["valid"]) == ("qrph", False)
    assert error in [(each["code"], each["id"]) for each in answer["errors"] if each["breaks"] == "valid"]
