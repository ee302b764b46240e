"""Pay codes: shown offline, read from an image, charged once over the real port."""

from __future__ import annotations

import pytest

from payport.qr import images
from payport.simulator.scenarios.city import City
from payport.values.refusals import Refusal
from payport.wallet import pay_codes
from payport.wallet.client import Client


def test_a_code_is_charged_once(city: City, port: Client) -> None:
    chen, till = (city.parties[name].own(city.genesis.chain_id) for name in ("chen", "bakery"))
    before = port.account(chen).amount_minor("CNY")
    authority = pay_codes.read(images.read(images.make_png(pay_codes.show(chen, 2_000).text))[0])
    with pytest.raises(Refusal, match="charge_exceeds_cap"):
        port.charge(till, authority, 2_001)
    port.charge(till, authority, 1_850)
    with pytest.raises(Refusal, match="authority_used"):
        port.charge(till, authority, 1)
    assert port.account(chen).amount_minor("CNY") == before - 1_850


def test_digits_must_be_presented(city: City, port: Client) -> None:
    chen, till = (city.parties[name].own(city.genesis.chain_id) for name in ("chen", "bakery"))
    shown = pay_codes.show(chen, 2_000, by_digits=True)
    assert shown.digits is not None
    assert (len(shown.digits), shown.digits[:2]) == (19, "62")
    with pytest.raises(Refusal, match="authority_mismatch"):
        port.charge(till, shown.authority, 100)
    for _ in range(2):
        assert port.deposit_pay_code(chen, shown).expires_at_ms > 0
    found = port.find_pay_code(till, shown.digits)
    assert (found.authority, found.cap_minor) == (shown.authority, 2_000)
    port.charge(till, found.authority, 100, shown.digits)
    with pytest.raises(Refusal, match="unknown_pay_code"):
        port.find_pay_code(till, "62" + "0" * 17)


def test_no_two_codes_are_alike(city: City) -> None:
    chen = city.parties["chen"].own(city.genesis.chain_id)
    assert len({pay_codes.show(chen, 2_000).authority for _ in range(50)}) == 50


@pytest.mark.parametrize(("text", "code"), [("hello", "code"), ("", "code")])
def test_what_is_no_pay_code(text: str, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        pay_codes.read(text)
