"""The published vectors of alias answers, read as another implementation would."""

from __future__ import annotations

from typing import Any

import pytest

from payport.proof import messagepack
from payport.wallet import aliases
from tests.vectors.files import cases, data, read, refuses, sha256, tag


def keys(document: dict[str, Any]) -> aliases.InstitutionKeys:
    found = frozenset(data(each) for each in document["public_keys"])
    return aliases.InstitutionKeys(document["institution"], found, document["threshold"])


@pytest.mark.parametrize("case", cases("aliases", "digests"))
def test_alias_digest(case: dict[str, Any]) -> None:
    assert sha256(tag("alias_name"), case["alias"].encode()) == data(case["digest"])


def test_alias_answer() -> None:
    document = read("aliases")
    body = data(document["answer"])
    chain_id, digest, account, institution, name, issued_at_ms, expires_at_ms = messagepack.decode(body)
    assert (chain_id, institution) == (document["chain_id"], document["institution"])
    assert digest == sha256(tag("alias_name"), document["alias"].encode())
    assert data(document["signing_bytes"]) == tag("alias") + body
    answer = aliases.verify(data(document["signed"]), document["alias"], chain_id, keys(document), document["now_ms"])
    assert (answer.account, answer.masked_name) == (account, name)
    assert (answer.issued_at_ms, answer.expires_at_ms) == (issued_at_ms, expires_at_ms)


@pytest.mark.parametrize("case", cases("aliases", "refused"))
def test_alias_answer_refuses(case: dict[str, Any]) -> None:
    document = read("aliases")
    asked = (document["alias"], document["chain_id"], keys(document), document["now_ms"])
    refuses(case["code"], aliases.verify, data(case["signed"]), *asked)
