"""The OpenAPI document says of every route what it may answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from payport.gateway.problems import PROBLEM_JSON
from payport.gateway.reference import known_refusals

if TYPE_CHECKING:
    from tests.gateway.town import Town


def test_every_route_declares_its_refusals(town: Town) -> None:
    document: dict[str, Any] = town.get("/docs/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            responses = operation["responses"]
            assert {"400", "500"} <= set(responses), path
            assert ("403" in responses) or not operation.get("security"), path
            if method == "post":
                assert {"413", "415"} <= set(responses), path
            for status, response in responses.items():
                if int(status) >= 400 and (path, status) != ("/v1/health", "503"):
                    assert list(response["content"]) == [PROBLEM_JSON], (path, status)
            assert operation["description"], path
            assert all(each.get("description") for each in operation.get("parameters", ())), path


def test_what_needs_a_proof_says_that_there_may_be_none_yet(town: Town) -> None:
    document: dict[str, Any] = town.get("/docs/openapi.json").json()
    needing = {
        (path, method)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if "unproven_block" in operation["responses"].get("503", {}).get("description", "")
    }
    account = "/v1/accounts/{account}"
    assert needing >= {
        ("/v1/receipts/{transaction_id}", "get"),
        (f"{account}/receipts/{{transaction_id}}", "get"),
        ("/v1/receipts/{transaction_id}/purchase-proof", "get"),
        (f"{account}/statement/proof", "get"),
        ("/v1/shared/receipt", "get"),
        ("/v1/shared/receipt/summary", "get"),
        ("/v1/transactions/{transaction_id}", "get"),
        ("/v1/transactions/bulk", "post"),
        ("/v1/payments", "post"),
        ("/v1/transfers", "post"),
    }
    for path, method in needing:
        assert "`engine_unreachable`" in document["paths"][path][method]["responses"]["503"]["description"], path


def test_every_refusal_of_a_route_is_explained(town: Town) -> None:
    document: dict[str, Any] = town.get("/docs/openapi.json").json()
    known, page = known_refusals(), town.get("/docs/refusals").text
    told = {
        code
        for methods in document["paths"].values()
        for operation in methods.values()
        for response in operation["responses"].values()
        if response["description"].startswith("Refused: ")
        for code in re.findall(r"`(\w+)`", response["description"])
    }
    assert len(told) > 100
    assert told <= set(known)
    assert all(f'id="{code}"' in page for code in told)
