"""Typed ways to send: each takes its own kinds, in groups too, and answers as the route for all kinds does."""

from __future__ import annotations

import pytest

from payport.gateway import holds, offers, payments, refunds, transfers
from payport.ledger.registry import verbs
from payport.values import codec, envelopes
from payport.wallet.sign import bind_group
from tests.gateway.town import Town, sign

WAYS = {
    "/v1/payments": payments.KINDS,
    "/v1/transfers": transfers.KINDS,
    "/v1/refunds": refunds.KINDS,
    "/v1/holds": holds.KINDS,
    "/v1/offers": offers.KINDS,
}


@pytest.mark.parametrize("path", WAYS)
def test_other_kinds_are_not_taken(town: Town, path: str) -> None:
    assert set(WAYS[path]) <= set(verbs())
    for kind in {"transfer/1", "purchase/1", "redeem/1"} - set(WAYS[path]):
        body = codec.encode([town.chain_id, kind, town.lin.account])
        signature = envelopes.Signature("ed25519", bytes(32), bytes(64))
        answer = town.submit(codec.encode(envelopes.Envelope(body, (signature,))), to=path)
        assert (answer.status_code, answer.json()["code"]) == (400, "kind_not_taken_here")
        assert answer.json()["detail"] == kind
    assert town.submit(b"\xc1", to=path).json()["code"] == "malformed_bytes"


def test_a_group_of_one_kind_is_taken_and_a_mixed_one_is_not(town: Town) -> None:
    lin, chen = town.lin, town.chen
    pair = bind_group([town.transfer(lin, chen, 2), town.transfer(chen, lin, 1)])
    signed = [sign(each, party.key) for each, party in zip(pair, (lin, chen), strict=True)]
    answer = town.submit(*signed, to="/v1/transfers")
    assert [each["outcome"] for each in answer.json()["transactions"]] == ["committed", "committed"]
    again = town.submit(*signed, to="/v1/transactions").json()
    assert [each["repeated"] for each in again["transactions"]] == [True, True]
    mixed = town.submit(signed[0], town.purchase(lin, town.market, 1), to="/v1/transfers")
    assert mixed.json()["code"] == "kind_not_taken_here"


def test_a_refusal_is_told_as_ever(town: Town) -> None:
    poor = town.submit(sign(town.transfer(town.metro, town.lin, 10**6), town.metro.key), to="/v1/transfers")
    assert (poor.status_code, poor.json()["code"], poor.json()["final"]) == (402, "insufficient_balance", True)
