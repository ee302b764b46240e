"""Payments, transfers and refunds at the port: what each party is told, filters, pages, and what is nobody else's."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from tests.gateway.town import now_ms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payport.simulator.scenarios.city import Party
    from tests.gateway.town import Town


def buy(town: Town, payer: Party, merchant: Party, amount_minor: int, order: bytes | None = None) -> str:
    fields = {"merchant": merchant.account, "asset": "CNY", "amount_minor": amount_minor, "order": order}
    return town.do("purchase/1", payer, "/v1/payments", **fields)


def refund(town: Town, merchant: Party, payment: str, amount_minor: int) -> str:
    proof = town.of(merchant, f"/payments/{payment}/refundable").json()["proof"]
    fields = {name: base64.b64decode(proof[name]) for name in ("purchase", "outcome_leaf", "commitment")}
    paths = {name: tuple(map(base64.b64decode, proof[name])) for name in ("leaf_path", "log_path")}
    given = {**fields, **paths, "leaf_index": proof["leaf_index"], "amount_minor": amount_minor}
    return town.do("refund/1", merchant, "/v1/refunds", **given)


def test_a_payment_and_its_refunds_as_each_side_sees_them(town: Town) -> None:
    order_id = f"P-{now_ms()}"
    paid = buy(town, town.lin, town.market, 5_000, town.order(town.market, order_id, 5_000))
    first, second = refund(town, town.market, paid, 1_000), refund(town, town.market, paid, 500)
    for party, side, fee, returned in ((town.lin, "payer", None, [None, None]), (town.market, "merchant", 19, [4, 2])):
        told = town.of(party, f"/payments/{paid}").json()
        payment = told["payment"]
        assert (payment["side"], payment["fee_minor"]) == (side, fee)
        assert (payment["amount_minor"], payment["refunded_minor"]) == (5_000, 1_500)
        assert (payment["order_id"], payment["kind"], payment["hold"]) == (order_id, "purchase/1", None)
        other = town.market if party is town.lin else town.lin
        assert payment["counterparty"] == other.account.hex()
        assert [each["id"] for each in told["refunds"]] == [first, second]
        assert [each["fee_returned_minor"] for each in told["refunds"]] == returned
        assert town.of(party, "/payments").json()["payments"][0] == payment
        refunds = town.of(party, "/refunds").json()["refunds"]
        assert [(each["id"], each["payment"], each["given"]) for each in refunds[:2]] == [
            (second, paid, party is town.market),
            (first, paid, party is town.market),
        ]
        assert refunds[0] == town.of(party, f"/refunds/{second}").json()
        assert refunds[0]["fee_returned_minor"] == (2 if party is town.market else None)


def test_what_a_refund_needs(town: Town) -> None:
    paid = buy(town, town.lin, town.market, 800)
    before = town.of(town.market, f"/payments/{paid}/refundable").json()
    assert before["refundable_minor"] == 800
    assert before["refundable_until_ms"] == before["payment"]["time_ms"] + 180 * 86_400_000
    refund(town, town.market, paid, 300)
    assert town.of(town.market, f"/payments/{paid}/refundable").json()["refundable_minor"] == 500
    assert town.of(town.lin, f"/payments/{paid}/refundable").json()["code"] == "none_of_this_id"


def test_payments_are_filtered(town: Town) -> None:
    began = now_ms()
    paid = buy(town, town.chen, town.canteen, 700)
    refused = town.submit(town.purchase(town.chen, town.canteen, 10**9))
    assert refused.json()["code"] == "insufficient_balance"
    town.indexed()

    def found(**params: Any) -> list[str]:
        listed = town.of(town.chen, "/payments", from_ms=began - 5_000, **params).json()["payments"]
        return [each["outcome"] for each in listed if each["counterparty"] == town.canteen.account.hex()]

    assert found() == ["insufficient_balance", "committed"]
    assert found(committed="true") == ["committed"]
    assert found(committed="false") == ["insufficient_balance"]
    assert found(kind="charge/1") == []
    assert found(counterparty=town.market.account.hex()) == []
    assert found(asset="HKD") == []
    time_ms = town.of(town.chen, f"/payments/{paid}").json()["payment"]["time_ms"]
    assert found(until_ms=time_ms) == []
    assert found(until_ms=time_ms + 1) == ["committed"]
    heard = town.of(town.canteen, "/payments", counterparty=town.chen.account.hex()).json()["payments"]
    assert [each["id"] for each in heard] == [paid], "a refusal is its sender's alone"


def test_transfers(town: Town) -> None:
    sent = town.do("transfer/1", town.lin, "/v1/transfers", payee=town.chen.account, asset="CNY", amount_minor=321)
    for party, is_sender in ((town.lin, True), (town.chen, False)):
        told = town.of(party, f"/transfers/{sent}").json()
        assert (told["sent"], told["amount_minor"], told["outcome"]) == (is_sender, 321, "committed")
        assert town.of(party, "/transfers").json()["transfers"][0] == told
        assert town.of(party, "/transfers", sent=str(is_sender).lower()).json()["transfers"][0] == told
        assert told not in town.of(party, "/transfers", sent=str(not is_sender).lower()).json()["transfers"]


@pytest.mark.parametrize("path", ["payments", "transfers"])
def test_pages_have_neither_gaps_nor_doubles(town: Town, path: str) -> None:
    for amount in (1, 2, 3):
        town.pay(town.lin, town.chen, amount)
        buy(town, town.lin, town.market, amount)
    town.indexed()

    def pages(limit: int) -> Iterator[list[Any]]:
        asked = {}
        while True:
            page = town.of(town.lin, f"/{path}", limit=limit, **asked).json()
            yield page[path]
            if page["next"] is None:
                return
            asked = {"before": page["next"]}

    few, many = ([each for page in pages(limit) for each in page] for limit in (2, 100))
    sequences = [each["sequence"] for each in few]
    assert few == many
    assert sequences == sorted(set(sequences), reverse=True)


@pytest.mark.parametrize("path", ["payments", "transfers", "refunds", "holds", "offers"])
def test_what_is_anothers_or_nowhere_looks_the_same(town: Town, path: str) -> None:
    paid = buy(town, town.lin, town.market, 10)
    sent = town.do("transfer/1", town.lin, payee=town.chen.account, asset="CNY", amount_minor=1)
    answers = {town.of(town.metro, f"/{path}/{each}").content for each in (paid, sent, "0" * 64)}
    assert len(answers) == 1
    assert b"none_of_this_id" in answers.pop()
    for denied in (
        town.get(f"/v1/accounts/{town.lin.account.hex()}/{path}", town.metro),
        town.get(f"/v1/accounts/{town.lin.account.hex()}/{path}/{paid}", town.metro),
    ):
        assert (denied.status_code, denied.json()["code"]) == (403, "access_denied")


@pytest.mark.parametrize(
    "query", ["kind=refund/1", "counterparty=xyz", "committed=perhaps", "from_ms=-1", "until_ms=9007199254740992"]
)
def test_wrong_filters(town: Town, query: str) -> None:
    answer = town.get(f"/v1/accounts/{town.lin.account.hex()}/payments?{query}", town.lin)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
