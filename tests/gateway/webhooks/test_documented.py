"""What the OpenAPI document says of webhooks is what is sent: every type, caused for real, delivered and compared."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from payport.gateway.webhooks.event_types import TEST, EventType
from payport.ledger.state.assets import AssetClass
from payport.wallet.sign import build, sign
from tests.gateway.access.people import Member
from tests.gateway.town import now_ms
from tests.gateway.webhooks.receiver import Received, Receiver

if TYPE_CHECKING:
    from tests.gateway.town import Town

TYPES = (*EventType, TEST)
STAMPS = "bank-east:STAMPS"
HOW_TO = Path(__file__).resolve().parents[3] / "docs/how-to/receive-webhooks.md"


@pytest.fixture(scope="module")
def document(town: Town) -> dict[str, Any]:
    return dict(town.get("/docs/openapi.json").json())


def checker(document: dict[str, Any], event_type: str) -> jsonschema_rs.Draft202012Validator:
    """Return what checks a body against the document; nothing that the document does not name may stand in it."""
    schema = document["webhooks"][event_type]["post"]["requestBody"]["content"]["application/json"]["schema"]
    data = {**schema["properties"]["data"], "unevaluatedProperties": False}
    schema = {**schema, "properties": {**schema["properties"], "data": data}, "unevaluatedProperties": False}
    return jsonschema_rs.Draft202012Validator({**schema, "components": document["components"]}, validate_formats=True)


def cause_everything(town: Town) -> None:
    """Let a payment happen and one be refused, and a hold and an offer expire, all at the north bank or with it."""
    bank, chen, lin = town.city.keys["bank-east"], town.chen, town.lin
    register = {"asset": STAMPS, "asset_class": AssetClass.VOUCHER, "name": "Stamps", "decimals": 0}
    stamps = {"account": lin.account, "asset": STAMPS, "amount_minor": 10}
    for kind, fields in (("register_asset/1", register), ("issue/1", stamps)):
        assert town.submit(sign(build(town.chain_id, kind, "bank-east", **fields), bank)).status_code == 200
    soon = now_ms() + 400
    hold = {"merchant": town.fuel.account, "asset": "CNY", "amount_minor": 500, "order": None, "expires_at_ms": soon}
    town.do("authorise/1", lin, "/v1/holds", **hold)
    terms = {"give_asset": STAMPS, "give_minor": 10, "want_asset": "CNY", "want_minor": 10, "taker": None}
    town.do("offer/1", lin, "/v1/offers", **terms, expires_at_ms=soon)
    too_much = town.submit(sign(town.transfer(lin, chen, 10**12), lin.key))
    assert too_much.json()["code"] == "insufficient_balance"
    time.sleep(max(0, soon + 1 - now_ms()) / 1_000)
    town.pay(chen, lin)  # a block sweeps what is past due


@pytest.fixture(scope="module")
def delivered(town: Town) -> dict[str, list[Received]]:
    """Return what was delivered, by type of event."""
    boss, receiver = Member(town, "bank-north", "administrator"), Receiver()
    asked = {"url": receiver.url, "label": "all", "types": list(EventType), "accounts": [town.lin.account.hex()]}
    made = boss.post("/v1/webhooks", asked)
    assert made.status_code == 201, made.text
    path = f"/v1/webhooks/{made.json()['id']}"
    cause_everything(town)
    assert boss.post(f"{path}/test", {}).status_code == 201
    with receiver.arrived:
        assert receiver.arrived.wait_for(lambda: {each.event["type"] for each in receiver.received} >= {*TYPES}, 30)
        found = list(receiver.received)
    boss.delete(path)
    receiver.close()
    return {each: [one for one in found if one.event["type"] == each] for each in TYPES}


@pytest.mark.parametrize("event_type", TYPES)
def test_what_is_delivered_is_what_the_document_says(
    document: dict[str, Any], delivered: dict[str, list[Received]], event_type: str
) -> None:
    operation = document["webhooks"][event_type]["post"]
    for each in delivered[event_type]:
        checker(document, event_type).validate(each.event)
        for header in operation["parameters"]:
            assert (header["in"], header["required"]) == ("header", True)
            assert re.fullmatch(header["schema"]["pattern"], each.headers[header["name"]])
        assert each.headers["content-type"] == "application/json"
        others = [other for other in TYPES if checker(document, other).is_valid(each.event)]
        assert others == [event_type], "a type says more than its name"
        for changed in ({"type": "x"}, {"data": {}}, {"timestamp": "yesterday"}, {"more": 1}):
            assert not checker(document, event_type).is_valid({**each.event, **changed})
        more = {**each.event["data"], "more": 1}
        assert not checker(document, event_type).is_valid({**each.event, "data": more})


def test_every_type_is_documented(town: Town, document: dict[str, Any]) -> None:
    assert sorted(document["webhooks"]) == sorted(TYPES)
    page, how_to = town.get("/docs").text, HOW_TO.read_text(encoding="utf-8")
    for event_type, told in document["webhooks"].items():
        assert told["post"]["description"] in page.replace("&#x27;", "'")
        assert f"<code>{event_type}</code>" in page
        assert f"`{event_type}`" in how_to
        assert {"2XX", "410", "default"} == set(told["post"]["responses"])
