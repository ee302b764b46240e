"""Hong Kong's common code: several networks beside FPS."""

from __future__ import annotations

from typing import Any

from payport.qr import emvco, reading, tlv
from payport.qr.templates import fps
from tests.qr.templates.test_fps import BASE, GUID

OTHER = tlv.encode({"00": "com.example.wallet", "01": "M-77"})


def told(**changes: str) -> dict[str, Any]:
    fields = {**BASE, **{key.removeprefix("f"): value for key, value in changes.items()}}
    return reading.decode(emvco.encode(dict(sorted(fields.items())))).json()


def test_it_is_told_from_a_transfer_by_a_second_network() -> None:
    assert told()["scheme"] == "fps"
    answer = told(f32=OTHER, f15="3147980344479803445980344939900")
    assert (answer["scheme"], answer["valid"]) == ("hkqr", True)
    assert {"hkqr", "fps"} <= set(answer["networks"])
    assert answer["payee"] == {"kind": "alias", "id": "1234567", "institution": None}


def test_the_time_out_of_the_transfer_is_the_codes() -> None:
    template = tlv.encode({**GUID, "02": "1234567", "05": "291231235959"})
    assert told(f26=template, f32=OTHER)["expires"] == "2029-12-31T23:59:59+08:00"


def test_another_network_is_paid_where_the_transfer_names_nobody() -> None:
    answer = told(f26=tlv.encode(GUID), f32=OTHER)
    assert not answer["valid"]
    assert answer["payee"] == {"kind": "merchant", "id": "M-77", "institution": "com.example.wallet"}
    assert told(f26=tlv.encode(GUID), f15="3147980344479803445980344939900")["payee"] is None


def test_a_code_without_the_system_has_neither_payee_nor_time_out() -> None:
    payload = emvco.parse(emvco.encode({**BASE, "26": OTHER}))
    assert fps.template_of(payload) is None
    assert fps.payee(payload) is None
    assert fps.expires(payload) is None
    assert not list(fps.check(payload))
