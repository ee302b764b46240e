"""The OpenAPI document says of every route what it may answer."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any, get_type_hints

import msgspec

import payport.gateway
from payport.gateway.app import RESOURCES
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


def _unlimited(schema: dict[str, Any], where: str) -> list[str]:
    """Return where a schema takes texts or lists of any length."""
    found = []
    if schema.get("type") == "string" and not {"maxLength", "pattern", "enum", "const"} & set(schema):
        found.append(where)
    if schema.get("type") == "array" and "maxItems" not in schema:
        found.append(f"{where}[]")
    for name, value in schema.get("properties", {}).items():
        found += _unlimited(value, f"{where}.{name}")
    for value in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())):
        found += _unlimited(value, where)
    return found


def test_everything_in_a_body_has_a_limit() -> None:
    handlers = [route for resource in RESOURCES for route in resource.ROUTES]
    bodies = [get_type_hints(route.fn, include_extras=True).get("data") for route in handlers]
    schemas, components = msgspec.json.schema_components([body for body in bodies if body is not None])
    assert len(schemas) >= 3
    assert [where for name, schema in components.items() for where in _unlimited(schema, name)] == []
