"""Requests for money: a notice, answered by a payment the payer signs, or not."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from payport.services.wallets.requests import MAX_OPEN_TO_ONE
from tests.gateway.access.people import Phone

if TYPE_CHECKING:
    import httpx

    from tests.gateway.town import Town


def asking(town: Town, amount_minor: int = 500, **changes: Any) -> dict[str, Any]:
    body = {
        "account": town.chen.account.hex(),
        "payer": town.lin.account.hex(),
        "amount_minor": amount_minor,
        "expires_at_ms": time.time_ns() // 1_000_000 + 3_600_000,
        "text": "午饭",
    }
    return {**body, **changes}


def phones(town: Town) -> tuple[Phone, Phone]:
    """Return the phones of chen, who asks, and lin, who is asked."""
    chen, lin = Phone(town), Phone(town)
    assert chen.link(town.chen).status_code == lin.link(town.lin).status_code == 201
    return chen, lin


def decline(phone: Phone, request: str) -> httpx.Response:
    return phone.town.client.put(f"/v1/requests/{request}/declined", headers=phone.headers)


def test_asked_paid_and_shown_as_paid(town: Town) -> None:
    chen, lin = phones(town)
    made = chen.post("/v1/requests", asking(town)).json()
    (seen,) = [each for each in lin.get("/v1/requests").json()["requests"] if each["request"] == made["request"]]
    assert (seen["text"], seen["state"], seen["amount_minor"]) == ("午饭", "open", 500)
    wrong, right = town.pay(town.lin, town.chen, 499), town.pay(town.lin, town.chen, 500)
    town.indexed()
    path = f"/v1/requests/{made['request']}/paid"
    assert lin.post(path, {"payment": wrong["id"]}).json()["code"] == "payment_does_not_fit"
    assert lin.post(path, {"payment": "00" * 32}).json()["code"] == "payment_does_not_fit"
    paid = [lin.post(path, {"payment": right["id"]}).json() for _ in range(2)]
    assert paid[0] == paid[1]
    assert (paid[0]["state"], paid[0]["payment"]) == ("paid", right["id"])
    second = chen.post("/v1/requests", asking(town)).json()
    again = lin.post(f"/v1/requests/{second['request']}/paid", {"payment": right["id"]})
    assert again.json()["code"] == "payment_does_not_fit"  # a payment pays one request
    sent = chen.get("/v1/requests", params={"side": "sent", "limit": 1}).json()
    assert sent["requests"][0]["request"] == second["request"]
    older = chen.get("/v1/requests", params={"side": "sent", "before": sent["next"]}).json()
    assert older["requests"][0]["state"] == "paid"


def test_declined_withdrawn_and_nobody_elses(town: Town) -> None:
    chen, lin = phones(town)
    first, second = (chen.post("/v1/requests", asking(town)).json()["request"] for _ in range(2))
    stranger = Phone(town)
    paid = stranger.post(f"/v1/requests/{first}/paid", {"payment": town.pay(town.lin, town.chen, 500)["id"]})
    assert paid.json()["code"] == "payment_does_not_fit"
    assert decline(stranger, first).json()["code"] == "unknown_request"
    assert stranger.delete(f"/v1/requests/{first}").json()["code"] == "unknown_request"
    assert decline(lin, first).status_code == 204
    assert decline(lin, first).json()["code"] == "request_closed"
    assert chen.delete(f"/v1/requests/{second}").status_code == 204
    assert chen.delete(f"/v1/requests/{second}").json()["code"] == "request_closed"


def test_nobody_is_flooded(town: Town) -> None:
    chen, _ = phones(town)
    answers = [chen.post("/v1/requests", asking(town)) for _ in range(MAX_OPEN_TO_ONE + 1)]
    assert [each.status_code for each in answers] == [201] * MAX_OPEN_TO_ONE + [422]
    assert answers[-1].json()["code"] == "too_many_requests_for_money"
    for changes in ({"expires_at_ms": 1}, {"payer": town.chen.account.hex()}):
        assert chen.post("/v1/requests", asking(town, **changes)).json()["code"] == "malformed_request"
    assert chen.post("/v1/requests", asking(town, account=town.lin.account.hex())).status_code == 403
