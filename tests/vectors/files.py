"""Reading the published vectors as another implementation would: from the files alone."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from payport.values.refusals import Refusal

VECTORS = Path(__file__).resolve().parents[2] / "vectors"
FILES = sorted(VECTORS.glob("*.json"))


def read(subject: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((VECTORS / f"{subject}.json").read_text(encoding="utf-8"))
    return document


def cases(subject: str, *names: str) -> list[Any]:
    """Return the cases of a list inside a file, each under its name."""
    found: Any = read(subject)
    for name in names:
        found = found[name]
    return [pytest.param(case, id=case.get("name", str(index))) for index, case in enumerate(found)]


def data(text: str) -> bytes:
    assert re.fullmatch("([0-9a-f]{2})*", text)
    return bytes.fromhex(text)


def value_of(case: dict[str, Any]) -> Any:
    """Return a typed value."""
    match case:
        case {"type": "nil"}:
            return None
        case {"type": "integer", "value": value}:
            return int(value)
        case {"type": "bytes", "value": value}:
            return data(value)
        case {"type": "array", "value": value}:
            return [value_of(each) for each in value]
        case {"type": "boolean" | "text", "value": value}:
            return value
    raise AssertionError(case)


def seeded(seed: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(data(seed))


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def tag(name: str) -> bytes:
    return next(data(each["prefix"]) for each in read("hashing")["tags"] if each["tag"] == name)


def refuses(code: str, *call: Any) -> None:
    function, *arguments = call
    with pytest.raises(Refusal) as refused:
        function(*arguments)
    assert refused.value.code == code
