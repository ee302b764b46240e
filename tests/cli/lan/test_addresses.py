"""Under which address and name a phone finds this machine."""

from __future__ import annotations

import pytest

from payport.cli.lan import addresses
from payport.cli.lan.addresses import own_place
from payport.values.refusals import Refusal


def test_an_address_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses.socket, "gethostname", lambda: "Lin-Laptop.home.example")
    place = own_place("127.0.0.1")
    assert (str(place.address), place.host, place.name) == ("127.0.0.1", "127.0.0.1", "lin-laptop.local")


@pytest.mark.parametrize("hostname", ["localhost", "localhost.localdomain", "", "-x", "a_b", "客厅", "x" * 64])
def test_a_host_whose_name_is_none_for_the_network(monkeypatch: pytest.MonkeyPatch, hostname: str) -> None:
    monkeypatch.setattr(addresses.socket, "gethostname", lambda: hostname)
    assert own_place("127.0.0.1").name is None


@pytest.mark.parametrize("address", ["203.0.113.77", "nonsense", "fe80::1:2:3"])
def test_an_address_that_is_none_of_this_machine(address: str) -> None:
    with pytest.raises(Refusal, match="lan_address_unknown"):
        own_place(address)


def test_a_machine_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "FAR_AWAY", ("", 0))
    monkeypatch.setattr(addresses, "_address_of_default_route", lambda: "0.0.0.1")
    with pytest.raises(Refusal, match="lan_address_unknown"):
        own_place(None)
