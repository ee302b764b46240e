"""Keys of an account over the real port: bind, limit, revoke; both clients have a method for every flow."""

from __future__ import annotations

import inspect
from types import ModuleType

import pytest

from payport import bootstrap
from payport.ledger.state.keys import Limits
from payport.simulator.scenarios.city import City
from payport.values.refusals import Refusal
from payport.wallet import account_keys, cards, flows, pay_codes, reservations, trade
from payport.wallet.client import AsyncClient, Client
from payport.wallet.keys import SigningKey

LIMITS = Limits("CNY", 300, 1_000, 1_000)


def test_a_key_pays_within_its_limits_until_it_is_revoked(city: City, port: Client) -> None:
    lin, chen = (city.parties[name].own(city.genesis.chain_id) for name in ("lin", "chen"))
    phone = account_keys.with_key(lin, SigningKey.generate())
    port.bind_session_key(lin, phone.key, LIMITS)
    assert port.transfer(phone, chen.account, 300).outcome == "committed"
    with pytest.raises(Refusal, match="payment_limit"):
        port.transfer(phone, chen.account, 301)
    port.set_limit(lin, phone.key.public_key, Limits("CNY", 10, 1_000, 1_000))
    with pytest.raises(Refusal, match="payment_limit"):
        port.transfer(phone, chen.account, 11)
    port.revoke_key(lin, phone.key.public_key)
    with pytest.raises(Refusal, match="revoked_key"):
        port.transfer(phone, chen.account, 1)


def test_a_scope_names_the_verbs(city: City, port: Client) -> None:
    lin, fuel = (city.parties[name].own(city.genesis.chain_id) for name in ("lin", "fuel"))
    phone = account_keys.with_key(lin, SigningKey.generate())
    port.bind_session_key(lin, phone.key, LIMITS, scope=("authorise",))
    hold = port.authorise(phone, fuel.account, 200)
    port.release(fuel, hold.id, lin.account)
    with pytest.raises(Refusal, match="out_of_scope"):
        port.transfer(phone, fuel.account, 1)


async def test_the_bank_recovers_and_the_owner_vetoes(city: City, network: bootstrap.RunningNetwork) -> None:
    """The asynchronous client sends as a bank and as an account."""
    savings = city.parties["lin-savings"].own(city.genesis.chain_id)
    bank = "bank-south", savings.chain_id, [city.keys["bank-south"]]
    owner = SigningKey.generate().prove_possession(savings.chain_id, savings.account)
    async with AsyncClient(network.url, network.trust) as port:
        recovery = await port.send_as(*bank, "recover/1", account=savings.account, owner=owner)
        await port.veto_recovery(savings, recovery.id)
        with pytest.raises(Refusal, match="no_recovery"):
            await port.veto_recovery(savings, recovery.id)
        paid = await port.send(savings, "transfer/1", payee=city.parties["lin"].account, asset="CNY", amount_minor=1)
        assert paid.outcome == "committed"


def public_flows(module: ModuleType) -> set[str]:
    """Return the names of a module's flows: what it defines that is a generator."""
    return {
        name
        for name, found in vars(module).items()
        if inspect.isgeneratorfunction(found) and found.__module__ == module.__name__ and not name.startswith("_")
    }


@pytest.mark.parametrize("client", [Client, AsyncClient])
def test_every_flow_is_a_method(client: type) -> None:
    """``ask``, ``ask_bytes`` and ``make`` are what the others are made of."""
    wanted = set().union(*map(public_flows, (flows, reservations, pay_codes, trade, account_keys, cards))) - {
        "ask",
        "ask_bytes",
        "make",
    }
    assert {name for name in wanted if not callable(getattr(client, name, None))} == set()
    assert {"send", "send_as", "charge", "veto_recovery"} <= wanted
