"""VietQR: who is paid, and what the scheme refuses."""

from __future__ import annotations

import pytest

from payport.qr import tlv
from tests.qr.templates.answers import teller

GUID = "A000000727"
ACCOUNT = tlv.encode({"00": "970403", "01": "0011012345678"})
BASE = {
    "00": "01",
    "01": "12",
    "38": tlv.encode({"00": GUID, "01": ACCOUNT, "02": "QRIBFTTA"}),
    "53": "704",
    "54": "180000",
    "58": "VN",
}

told = teller(BASE)


@pytest.mark.parametrize(
    ("service", "kind"),
    [("QRIBFTTA", "account"), ("QRIBFTTC", "card"), ("QRPUSH", "merchant"), ("QRCASH", "merchant"), (None, "account")],
)
def test_who_is_paid(service: str | None, kind: str) -> None:
    template = {"00": GUID, "01": ACCOUNT} if service is None else {"00": GUID, "01": ACCOUNT, "02": service}
    answer = told(f38=tlv.encode(template))
    assert (answer["scheme"], answer["valid"]) == ("vietqr", True)
    assert answer["payee"] == {"kind": kind, "id": "0011012345678", "institution": "970403"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"f38": tlv.encode({"00": GUID, "02": "QRIBFTTA"})}, ("code_field_missing", "38-01")),
        ({"f38": tlv.encode({"00": GUID, "01": tlv.encode({"00": "970403"})})}, ("code_field_missing", "38-01-01")),
        ({"f38": tlv.encode({"00": GUID, "01": tlv.encode({"01": "1234"})})}, ("code_field_missing", "38-01-00")),
        (
            {"f38": tlv.encode({"00": GUID, "01": tlv.encode({"00": "VIETNAM", "01": "1"})})},
            ("code_field_invalid", "38-01-00"),
        ),
        (
            {"f38": tlv.encode({"00": GUID, "01": tlv.encode({"00": "970403", "01": "1" * 20})})},
            ("code_field_invalid", "38-01-01"),
        ),
        ({"f38": tlv.encode({"00": GUID, "01": ACCOUNT, "02": "QRTRANSFER"})}, ("code_field_invalid", "38-02")),
        ({"f01": None}, ("code_field_missing", "01")),
        ({"f53": "840"}, ("code_field_invalid", "53")),
        ({"f58": "vn"}, ("code_field_invalid", "58")),
        ({"f55": "04"}, ("code_field_invalid", "55")),
    ],
)
def test_what_the_scheme_refuses(changes: dict[str, str | None], error: tuple[str, str]) -> None:
    answer = told(**changes)
    assert not answer["valid"]
    assert error in [(each["code"], each["id"]) for each in answer["errors"] if each["breaks"] == "valid"]


def test_a_code_that_names_nobody_has_no_payee() -> None:
    assert told(f38=tlv.encode({"00": GUID}))["payee"] is None
