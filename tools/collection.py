"""A collection of requests for Bruno, one plain-text file a route, made from the port's OpenAPI document."""

from __future__ import annotations

import json
import re
from typing import Any

from tools.port_document import port_document

FOLDER = "docs/collection"

VARIABLES = {
    "base": "http://127.0.0.1:8080",
    "token": "",
    "account": "0" * 32,
    "transaction_id": "0" * 64,
    "institution": "bank-east",
    "purpose": "pay",
}
"""What a person fills in once; every other name of a path is asked for where it stands."""

SAMPLES = {
    r"^[0-9a-f]{32}$": "0" * 32,
    r"^[0-9a-f]{64}$": "0" * 64,
    r"^[0-9]{4}$": "5411",
    r"^[A-Z]{2}$": "CN",
    r"^[A-Z]{3}$": "CNY",
    r"^([A-Z]{3}|[a-z][a-z0-9-]{1,15}:[A-Z0-9]{1,12})$": "CNY",
    r"^62[0-9]{17}$": "62" + "0" * 17,
    r"^[a-z][a-z0-9-]{1,15}$": "bank-east",
}
"""A text for each pattern that bodies ask for."""


def collection_files() -> dict[str, str]:
    """Return every file of the collection by its name."""
    document = json.loads(port_document())
    made = {
        f"{FOLDER}/bruno.json": json.dumps({"version": "1", "name": "Payport port", "type": "collection"}, indent=2)
        + "\n",
        f"{FOLDER}/environments/demo.bru": _block("vars", [f"{name}: {value}" for name, value in VARIABLES.items()]),
    }
    for path, methods in sorted(document["paths"].items()):
        for method, operation in methods.items():
            name = f"{method}-{re.sub(r'[^a-z0-9]+', '-', path.removeprefix('/v1/')).strip('-')}"
            folder = f"{FOLDER}/{operation['tags'][0].replace(' ', '-')}/"
            place = 1 + sum(each.startswith(folder) for each in made)
            made[f"{folder}{name}.bru"] = _request(method, path, operation, document, place)
    return made


def _request(method: str, path: str, operation: dict[str, Any], document: dict[str, Any], place: int) -> str:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    url = "{{base}}" + re.sub(r"\{(\w+)\}", r"{{\1}}", path)
    blocks = [
        _block("meta", [f"name: {method.upper()} {path}", "type: http", f"seq: {place}"]),
        _block(
            method,
            [
                f"url: {url}",
                f"body: {'json' if body else 'none'}",
                f"auth: {'bearer' if operation.get('security') else 'none'}",
            ],
        ),
    ]
    if operation.get("security"):
        blocks.append(_block("auth:bearer", ["token: {{token}}"]))
    if any(each["name"].lower() == "idempotency-key" for each in operation.get("parameters", ())):
        blocks.append(_block("headers", ["Idempotency-Key: {{$guid}}"]))
    if body:
        text = json.dumps(sample(body["schema"], document), indent=2, ensure_ascii=False)
        blocks.append(_block("body:json", text.splitlines()))
    blocks.append(_block("docs", str(operation["description"]).splitlines()))
    return "\n".join(blocks)


def _block(name: str, lines: list[str]) -> str:
    return name + " {\n" + "".join(f"  {line}\n" for line in lines) + "}\n"


def sample(schema: dict[str, Any], document: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON, one return a type
    """Return the smallest value of a schema's form: what must be there, and nothing else."""
    if "$ref" in schema:
        return sample(document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], document)
    if "oneOf" in schema:
        return sample(schema["oneOf"][0], document)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        return {name: sample(schema["properties"][name], document) for name in schema.get("required", ())}
    if kind == "array":
        return [sample(schema["items"], document)] * schema.get("minItems", 1)
    if kind == "integer":
        return max(1, schema.get("minimum", 1))
    if kind == "boolean":
        return False
    text = SAMPLES.get(schema.get("pattern", "").removesuffix(r"(?!\n)"), "text")
    return text.ljust(schema.get("minLength", 0), "A")
