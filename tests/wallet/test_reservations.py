"""Reserve, capture and release over the real port."""

from __future__ import annotations

import pytest

from payport.simulator.scenarios.city import City
from payport.values.refusals import Refusal
from payport.wallet.client import Client


def test_reserve_capture_a_part_and_release_the_rest(city: City, port: Client) -> None:
    lin, station = (city.parties[name].own(city.genesis.chain_id) for name in ("lin", "fuel"))
    before = port.account(lin).amount_minor("CNY")
    hold = port.authorise(lin, station.account, before)
    assert port.account(lin).balances[0].held_minor == before
    with pytest.raises(Refusal, match="insufficient_balance"):
        port.transfer(lin, station.account, 1)
    port.capture(station, hold.id, lin.account, 500, final=False)
    port.release(station, hold.id, lin.account)
    assert port.account(lin).amount_minor("CNY") == before - 500
    port.transfer(lin, station.account, 1)
    with pytest.raises(Refusal, match="no_live_hold") as refused:
        port.capture(station, hold.id, lin.account, 1)
    assert "预授权" in refused.value.reason.zh


def test_a_capture_is_refunded_like_a_purchase(city: City, port: Client) -> None:
    lin, station = (city.parties[name].own(city.genesis.chain_id) for name in ("lin", "fuel"))
    before = port.account(lin).amount_minor("CNY")
    hold = port.authorise(lin, station.account, 700)
    captured = port.capture(station, hold.id, lin.account, 700)
    port.refund(station, captured.id, 700)
    assert port.account(lin).amount_minor("CNY") == before
