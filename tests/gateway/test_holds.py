"""Holds at the port: a till learns the payer, both sides see what became of one, and expiries are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.gateway.town import now_ms, read_events

if TYPE_CHECKING:
    from tests.gateway.town import Town


def authorise(town: Town, amount_minor: int, milliseconds: int = 600_000, **fields: Any) -> str:
    given = {"merchant": town.fuel.account, "asset": "CNY", "amount_minor": amount_minor, "order": None}
    expires_at_ms = now_ms() + milliseconds
    return town.do("authorise/1", town.lin, "/v1/holds", **{**given, "expires_at_ms": expires_at_ms, **fields})


def test_a_till_captures_what_it_learnt_here(town: Town) -> None:
    order_id = f"H-{now_ms()}"
    hold = authorise(town, 30_000, order=town.order(town.fuel, order_id, 30_000))
    told = town.of(town.fuel, f"/holds/{hold}").json()["hold"]
    assert (told["payer"], told["side"], told["state"]) == (town.lin.account.hex(), "merchant", "open")
    assert (told["remaining_minor"], told["order_id"]) == (30_000, order_id)
    taken = {"payer": bytes.fromhex(told["payer"]), "asset": told["asset"], "hold": bytes.fromhex(told["id"])}
    part = town.do("capture/1", town.fuel, "/v1/holds", amount_minor=10_000, final=False, **taken)
    between = town.of(town.lin, f"/holds/{hold}").json()
    assert (between["hold"]["state"], between["hold"]["remaining_minor"]) == ("open", 20_000)
    assert [(each["id"], each["amount_minor"]) for each in between["captures"]] == [(part, 10_000)]
    town.do("capture/1", town.fuel, "/v1/holds", amount_minor=5_000, final=True, **taken)
    after = town.of(town.lin, f"/holds/{hold}").json()["hold"]
    assert (after["state"], after["captured_minor"], after["remaining_minor"]) == ("captured", 15_000, 0)
    assert after["ended_at_ms"] is not None
    captured = town.of(town.fuel, f"/payments/{part}").json()["payment"]
    assert (captured["hold"], captured["side"], captured["fee_minor"]) == (hold, "merchant", 38)
    order = town.of(town.fuel, f"/orders/{order_id}").json()
    assert (order["state"], order["payment"]["id"]) == ("reserved", hold)


def test_states_and_sides(town: Town) -> None:
    open_one, released = authorise(town, 100, 6_000_000), authorise(town, 200)
    town.do("release/1", town.fuel, "/v1/holds", payer=town.lin.account, hold=bytes.fromhex(released))
    for party, side in ((town.lin, "payer"), (town.fuel, "merchant")):
        listed = town.of(party, "/holds", side=side, state="open").json()["holds"]
        assert open_one in [each["id"] for each in listed]
        assert released not in [each["id"] for each in listed]
        (newest,) = town.of(party, "/holds", side=side, state="released", limit=1).json()["holds"]
        assert newest["id"] == released
    soon = town.of(town.fuel, "/holds", side="merchant", due_before_ms=now_ms() + 1_000_000).json()["holds"]
    assert open_one not in [each["id"] for each in soon]
    other = town.of(town.fuel, "/holds", side="merchant", counterparty=town.chen.account.hex()).json()
    assert other == {"holds": [], "next": None}
    assert town.of(town.lin, "/holds", side="merchant").json()["holds"] == []


def test_an_expiry_is_told_to_both(town: Town) -> None:
    with town.events(town.fuel) as stream:
        events = read_events(stream.iter_lines())
        assert next(events) == (None, None)
        hold = authorise(town, 500, 300)
        assert (next(events)[1] or {})["id"] == hold
        while town.of(town.lin, f"/holds/{hold}").json()["hold"]["state"] == "open":
            pass
        due = town.of(town.lin, f"/holds/{hold}").json()["hold"]
        assert (due["state"], due["remaining_minor"]) == ("due", 0)
        assert hold in [each["id"] for each in town.of(town.lin, "/holds", state="due").json()["holds"]]
        town.pay(town.chen, town.lin)  # a block sweeps what is past due
        number, data = next(events)
    assert data is not None
    assert (data["kind"], data["id"], data["amount_minor"]) == ("hold_expiry/1", hold, 500)
    assert (data["sent"], data["counterparty"], data["outcome"]) == (False, town.lin.account.hex(), "committed")
    assert str(data["sequence"]) == number
    town.indexed()
    assert town.of(town.lin, f"/holds/{hold}").json()["hold"]["state"] == "expired"
    for party in (town.lin, town.fuel):
        listed = town.of(party, "/transactions").json()["transactions"]
        assert ("hold_expiry/1", hold) in [(each["kind"], each["id"]) for each in listed]
    assert town.get(f"/v1/transactions/{hold}").json()["outcome"] == "committed"
