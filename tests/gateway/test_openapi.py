"""The OpenAPI document says of every route what it may answer."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any

import payport.gateway
from payport.gateway.problems import PROBLEM_JSON
from payport.gateway.reference import known_refusals
from payport.values.refusals import RefusalCode

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


def test_every_refusal_of_the_gateway_is_explained() -> None:
    known = known_refusals()
    for info in pkgutil.iter_modules(payport.gateway.__path__, "payport.gateway."):
        if info.ispkg or info.name.endswith(("process", "reference")):
            continue
        for value in vars(importlib.import_module(info.name)).values():
            assert not isinstance(value, RefusalCode) or value.code in known, (info.name, value)
