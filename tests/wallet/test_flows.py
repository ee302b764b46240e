"""Conversations with the port, driven without one: what is said again, what is believed, what is raised."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from payport.proof.trust import Trust
from payport.values import envelopes
from payport.values.refusals import Refusal
from payport.values.signatures.contract import WebAuthnPolicy
from payport.wallet import flows, records
from payport.wallet.flows import Pause, Reply, Request
from payport.wallet.keys import SigningKey
from payport.wallet.own_account import OwnAccount
from payport.wallet.sign import build, sign

if TYPE_CHECKING:
    from collections.abc import Sequence

CHAIN = "demo-0123456789abcdef"
OWN = OwnAccount(CHAIN, bytes(16), bytes([7]) * 32, SigningKey(bytes([3]) * 32))
PAYEE = bytes([9]) * 16
ENVELOPE = sign(build(CHAIN, "transfer/1", OWN.account, payee=PAYEE, asset="CNY", amount_minor=5), OWN.key)
ID = envelopes.transaction_id(envelopes.read_envelope(ENVELOPE).body).hex()


def drive(flow: Any, replies: Sequence[Reply | None]) -> tuple[Any, list[Request], float]:
    """Run a flow against prepared replies; the last one is given for ever."""
    given = list(replies)
    asked: list[Request] = []
    paused = 0.0
    reply = None
    while True:
        try:
            step = flow.send(reply)
        except StopIteration as ended:
            return ended.value, asked, paused
        reply = None
        if isinstance(step, Pause):
            paused += step.seconds
        else:
            asked.append(step)
            reply = given.pop(0) if len(given) > 1 else given[0]


def told(status: int, outcome: str, transaction_id: str = ID) -> Reply:
    executed = {"id": transaction_id, "outcome": outcome, "final": status == 200}
    return Reply(status, json.dumps({"status": outcome, "transactions": [executed]}).encode())


def problem(status: int, code: str) -> Reply:
    return Reply(status, json.dumps({"code": code, "title": "No.", "status": status, "type": "x"}).encode())


PAID = told(200, "committed")


@pytest.mark.parametrize(
    "before", [[], [None], [None, None], [told(202, "pending")], [problem(503, "busy"), None, Reply(502, b"<html>")]]
)
def test_the_same_bytes_are_sent_until_the_outcome_is_final(before: list[Reply | None]) -> None:
    executed, asked, paused = drive(flows.submit([ENVELOPE]), [*before, PAID])
    assert executed[0].outcome == "committed"
    assert asked == [asked[0]] * (len(before) + 1)
    assert (paused > 0) == bool(before)


def test_a_refusal_is_raised_and_not_repeated() -> None:
    with pytest.raises(Refusal) as caught:
        drive(flows.submit([ENVELOPE]), [problem(402, "insufficient_balance"), PAID])
    assert (caught.value.code, caught.value.reason.refusal_class) == ("insufficient_balance", "insufficient")


@pytest.mark.parametrize("reply", [None, told(202, "pending"), problem(503, "busy")])
def test_outcome_unknown_is_said(reply: Reply | None) -> None:
    with pytest.raises(Refusal) as caught:
        drive(flows.submit([ENVELOPE], timeout_seconds=0), [reply])
    assert (caught.value.code, caught.value.detail) == ("outcome_unknown", ID)


@pytest.mark.parametrize("reply", [told(200, "committed", "00" * 32), Reply(200, b"[]"), Reply(418, b"\xff")])
def test_what_is_no_answer_to_this_is_not_believed(reply: Reply) -> None:
    with pytest.raises(Refusal, match="answer_unreadable"):
        drive(flows.submit([ENVELOPE]), [reply])


def test_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows, "READ_SECONDS", 0)
    with pytest.raises(Refusal, match="port_unreachable"):
        drive(flows.network(), [None])


def test_a_receipt_is_waited_for_and_must_verify() -> None:
    trust = Trust(CHAIN, bytes.fromhex("0123456789abcdef") + bytes(24), (), WebAuthnPolicy((), ()))
    with pytest.raises(Refusal, match="malformed_receipt"):
        drive(flows.receipt(OWN, ID, trust), [problem(404, "no_receipt"), Reply(200, b"forged")])


def code(amount_minor: int | None) -> records.Code:
    return records.Code(PAYEE.hex(), "SHOP", None, "CNY", amount_minor, None)


def test_amounts_of_codes() -> None:
    for flow, refusal in (
        (flows.pay(OWN, code(None)), "no_amount"),
        (flows.pay(OWN, code(100), 99), "other_amount"),
    ):
        with pytest.raises(Refusal, match=refusal):
            drive(flow, [PAID])


@pytest.mark.parametrize(("asked", "typed", "paid"), [(100, None, 100), (None, 70, 70), (100, 100, 100)])
def test_what_is_paid_is_what_was_asked(asked: int | None, typed: int | None, paid: int) -> None:
    flow = flows.pay(OWN, code(asked), typed)
    request = next(flow)
    assert isinstance(request, Request)
    import base64

    from payport.ledger.admission import read_member

    member = read_member(CHAIN, base64.b64decode(request.json["envelopes"][0]))
    assert (member.transaction.amount_minor, member.transaction.merchant) == (paid, PAYEE)


def test_tokens_are_new_and_no_path_holds_a_secret() -> None:
    request = next(flows.account(OWN))
    assert isinstance(request, Request)
    assert request.token
    assert OWN.reveal_view_key().hex() not in repr(request)
