"""A shop of the town: its codes, and its till."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payport.wallet.client import Client

if TYPE_CHECKING:
    from tests.gateway.town import Town

NAME = "UNIVERSITY CANTEEN"


def code(town: Town, amount_minor: int | None = None, **fields: Any) -> str:
    """Return what the canteen's sticker says, or with an amount what its screen does."""
    party = town.canteen
    asked = {
        "account": party.account.hex(),
        "name": NAME,
        "city": "BEIJING",
        "local_name": "大学食堂",
        "category": "5812",
    }
    amount = {} if amount_minor is None else {"amount_minor": amount_minor}
    answer = town.post("/v1/codes", json={**asked, **amount, **fields})
    assert answer.status_code in {200, 201}, answer.text
    return str(answer.json()["text"])


def give(town: Town, account: str, amount_minor: int) -> None:
    """Have somebody send money to an account, so that a till finds it on the ledger."""
    town.do("transfer/1", town.lin, payee=bytes.fromhex(account), asset="CNY", amount_minor=amount_minor)


def charge(town: Town, authority: bytes, amount_minor: int) -> str:
    """Charge what a pay code says, as the canteen's till; return the outcome."""
    with Client(town.network.url, town.network.trust) as till:
        return till.charge(town.canteen.own(town.chain_id), authority, amount_minor).outcome


def charge_digits(town: Town, digits: str, amount_minor: int) -> str:
    """Charge a pay code by its digits, as the canteen's till; return the outcome."""
    own = town.canteen.own(town.chain_id)
    with Client(town.network.url, town.network.trust) as till:
        return till.charge(own, till.find_pay_code(own, digits).authority, amount_minor, digits).outcome


def received(town: Town) -> int:
    """Return how many payments the canteen has been paid."""
    town.indexed()
    return len(town.of(town.canteen, "/payments", committed="true", limit=100).json()["payments"])
