"""QPay of Mongolia."""

from __future__ import annotations

import pytest

from payport.qr import tlv
from tests.qr.templates.answers import teller

BANK = {"00": "A0000008430001", "01": "TDBMMNUB", "02": "456076444"}
BASE = {
    "00": "01",
    "01": "12",
    "15": "2794049627940496000217100001646",
    "27": tlv.encode(BANK),
    "52": "5411",
    "53": "496",
    "58": "MN",
    "59": "SHOP",
    "60": "ULAANBAATAR",
}

told = teller(BASE)


def test_the_account_at_the_bank_is_paid_else_unionpays() -> None:
    answer = told()
    assert (answer["scheme"], answer["valid"], answer["strict_valid"]) == ("qpay", True, True)
    assert answer["networks"] == ["qpay", "unionpay"]
    assert answer["payee"] == {"kind": "account", "id": "456076444", "institution": "TDBMMNUB"}
    assert told(f27=None)["payee"] == {"kind": "merchant", "id": BASE["15"], "institution": None}
    number = tlv.encode({"00": "A000000843000101", "01": "53767113"})
    assert told(f27=number)["payee"] == {"kind": "account", "id": "53767113", "institution": "A000000843000101"}
    assert told(f15=None, f27=None, f02="4000000000000002")["payee"] is None


def test_other_wallets_may_stand_beside_the_bank() -> None:
    answer = told(f33=tlv.encode({"00": "A" * 37, "01": "songo.mn"}))
    assert (answer["valid"], answer["strict_valid"], answer["payee"]["id"]) == (True, False, "456076444")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"f15": None, "f27": None}, ("code_field_missing", "02")),
        ({"f27": tlv.encode({**BANK, "02": "é"})}, ("code_field_invalid", "27-02")),
        ({"f59": None}, ("code_field_missing", "59")),
    ],
)
def test_what_the_scheme_does_not_allow(changes: dict[str, str | None], error: tuple[str, str]) -> None:
    answer = told(**changes)
    assert (answer["scheme"], answer["valid"]) == ("qpay", False)
    assert error in [(each["code"], each["id"]) for each in answer["errors"] if each["breaks"] == "valid"]
