"""The collection holds every route once, and what it sends has the form the route asks for."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema_rs
from tools.port_document import port_document

COLLECTION = Path(__file__).resolve().parents[2] / "docs/collection"


def test_every_route_is_there_once_with_a_body_that_fits() -> None:
    document = json.loads(port_document())
    wanted = {(method, path) for path, methods in document["paths"].items() for method in methods}
    found = {}
    for file in COLLECTION.rglob("*.bru"):
        if file.parent.name == "environments":
            continue
        text = file.read_text(encoding="utf-8")
        name = re.search(r"name: (\w+) (\S+)", text)
        assert name is not None, file.name
        body = re.search(r"body:json \{\n(.*?)\n\}\n", text, re.DOTALL)
        found[name[1].lower(), name[2]] = None if body is None else json.loads(body[1])
    assert set(found) == wanted
    for (method, path), body in found.items():
        content = document["paths"][path][method].get("requestBody", {}).get("content", {}).get("application/json")
        assert (body is None) == (content is None), path
        if content is not None:
            jsonschema_rs.validate({**content["schema"], "components": document["components"]}, body)
