"""What any text is told to be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.qr import emvco, reading
from payport.qr.scheme import Scheme
from tests.qr.test_emvco import BASE, PUBLISHED, UNIONPAY, payload_of

CASES = sorted((Path(__file__).parent / "payloads").glob("*.jsonl"))


def published() -> list[Any]:
    """Return every published payload of the folder beside this file."""
    return [
        pytest.param(json.loads(line), id=f"{file.stem}-{number}")
        for file in CASES
        for number, line in enumerate(file.read_text().splitlines(), 1)
    ]


@pytest.mark.parametrize("case", published())
def test_published_payload_is_told_as_its_scheme_does(case: dict[str, Any]) -> None:
    found = reading.decode(case["payload"])
    told = found.json()
    assert (found.scheme, found.valid) == (case["scheme"], case["valid"]), told["errors"]
    if "strict_valid" in case:
        assert found.strict_valid == case["strict_valid"], told["errors"]
    if found.kind == "mpm" and found.valid:
        objects = emvco.scan(case["payload"]).payload.fields.items()
        assert "".join(f"{field_id}{len(value):02}{value}" for field_id, value in objects) == case["payload"]
    for key, value in case.get("expected", {}).items():
        assert told[key] == value


def test_official_example() -> None:
    told = reading.decode(PUBLISHED).json()
    assert {
        key: told[key] for key in ("kind", "scheme", "valid", "strict_valid", "errors", "initiation", "amount")
    } == {
        "kind": "mpm",
        "scheme": "emvco",
        "valid": True,
        "strict_valid": True,
        "errors": [],
        "initiation": "dynamic",
        "amount": "23.72",
    }
    assert told["crc"] == {"given": "A13A", "computed": "A13A"}
    assert told["fields"]["29"] == {"00": "D15600000000", "05": "A93FO3230Q"}
    assert told["fields"]["64"] == {"00": "ZH", "01": "最佳运输", "02": "北京"}


def test_the_two_views_differ_where_the_specification_asks_more() -> None:
    found = reading.decode(payload_of({**BASE, "60": "A CITY WITH A LONG NAME"}))
    assert (found.valid, found.strict_valid) == (True, False)
    (error,) = found.json()["errors"]
    assert (error["code"], error["id"], error["breaks"]) == ("code_field_invalid", "60", "strict_valid")


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        (UNIONPAY[:-4] + "0000", "code_crc_wrong", "63"),
        (UNIONPAY[:-8], "code_crc_missing", "63"),
        (UNIONPAY[:40], "code_truncated", "15"),
        ("000201" + UNIONPAY, "code_repeated_field", "00"),
        ("0002016304", "code_truncated", "63"),
        ("00020152x4", "code_malformed", ""),
        ("0" * 5_000, "code_too_long", ""),
        ("", "code_not_recognised", ""),
    ],
)
def test_what_does_not_hold_is_named_with_its_place(text: str, code: str, where: str) -> None:
    found = reading.decode(text)
    assert not found.valid
    assert (code, where) in [(each["code"], each["id"]) for each in found.json()["errors"]]


@given(st.text(max_size=400) | st.text(max_size=200).map("000201".__add__) | st.text("0123456789", max_size=400))
def test_no_text_raises(text: str) -> None:
    json.dumps(reading.decode(text).json())


@given(st.data())
def test_no_change_of_a_code_raises_or_passes(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(UNIONPAY)))
    changed = UNIONPAY[:at] + data.draw(st.text(max_size=3)) + UNIONPAY[at + data.draw(st.integers(0, 3)) :]
    found = reading.decode(changed)
    assert not found.valid or changed.upper() == UNIONPAY.upper()


@pytest.mark.parametrize("scheme", reading.schemes().every, ids=lambda scheme: scheme.name)
def test_a_scheme_declares_itself_whole(scheme: Scheme) -> None:
    assert scheme.title
    assert scheme.operator
    assert scheme.source
    assert scheme.name.isalnum()
    assert scheme.name == scheme.name.lower()
    for template in scheme.templates:
        assert template.ids
        assert all(guid == guid.upper() for guid in template.guids)
