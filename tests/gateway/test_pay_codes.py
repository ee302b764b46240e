"""Pay codes of digits: deposited by whom the ledger knows, found by the digits alone, for a minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payport.gateway.deposited_codes import MAX_LIVE
from payport.wallet import pay_codes
from payport.wallet.own_account import OwnAccount
from payport.wallet.pay_codes import Shown
from tests.gateway.access.people import b64

if TYPE_CHECKING:
    import httpx

    from tests.gateway.town import Party, Town


def own(town: Town, party: Party) -> OwnAccount:
    return party.own(town.chain_id)


def deposit(town: Town, party: Party, shown: Shown, digits: str | None = None) -> httpx.Response:
    body = {"digits": digits or shown.digits, "authority": b64(shown.authority)}
    path = f"/v1/accounts/{party.account.hex()}/pay-codes"
    return town.client.put(path, json=body, headers=town.bearer(party))


def resolve(town: Town, till: Party, digits: str | None) -> httpx.Response:
    return town.post("/v1/pay-codes/resolve", json={"digits": digits}, headers=town.bearer(till))


def test_found_by_its_digits_by_whoever_is_shown_them(town: Town) -> None:
    shown = pay_codes.show(own(town, town.lin), 500, by_digits=True)
    assert resolve(town, town.market, shown.digits).json()["code"] == "unknown_pay_code"
    assert deposit(town, town.lin, shown).status_code == 200
    assert deposit(town, town.lin, shown).status_code == 200
    found = resolve(town, town.market, shown.digits).json()
    assert (found["authority"], found["cap_minor"]) == (b64(shown.authority), 500)
    assert resolve(town, town.market, "12").json()["code"] == "malformed_request"


def test_what_is_not_deposited(town: Town) -> None:
    shown = pay_codes.show(own(town, town.lin), 500, by_digits=True)
    other = pay_codes.show(own(town, town.chen), 500, by_digits=True)
    assert deposit(town, town.lin, other).json()["code"] == "malformed_request"  # another account's
    assert deposit(town, town.lin, shown, other.digits).json()["code"] == "malformed_request"  # other digits
    assert deposit(town, town.lin, pay_codes.show(own(town, town.lin), 5), "62" + "1" * 17).status_code == 400
    stranger = OwnAccount(town.chain_id, town.lin.account, town.lin.view_key, town.chen.key)
    stolen = pay_codes.show(stranger, 500, by_digits=True)
    assert deposit(town, town.lin, stolen).json()["code"] == "unbound_key"
    forged = shown._replace(authority=shown.authority[:-1] + bytes([shown.authority[-1] ^ 1]))
    assert deposit(town, town.lin, forged).json()["code"] == "invalid_signature"


def test_digits_stand_for_one_code_at_a_time_and_an_account_has_few(town: Town) -> None:
    chen = own(town, town.chen)
    shown = pay_codes.show(chen, 500, by_digits=True)
    assert deposit(town, town.chen, shown).status_code == 200
    again = pay_codes.sign(chen, 600, shown.digits)
    assert deposit(town, town.chen, again).json()["code"] == "pay_code_taken"
    answers = [deposit(town, town.chen, pay_codes.show(chen, 1, by_digits=True)) for _ in range(MAX_LIVE)]
    assert [each.status_code for each in answers] == [200] * (MAX_LIVE - 1) + [422]
    assert answers[-1].json()["code"] == "too_many_pay_codes"
