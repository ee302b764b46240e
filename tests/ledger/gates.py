"""What closes the gate of a payment, brought about by real verbs: shared by the tests of every verb that pays.

Alice pays; she is a customer of east. Whoever is paid is a customer of west.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from payport.values.money import MAX_AMOUNT_MINOR
from tests.ledger.network import Network, account

Prepare = Callable[[Network], object]


def freeze_amount(network: Network) -> None:
    network.freeze("alice", "east", "amount", asset="CNY", amount_minor=network.balance("alice"))


def spend_all(network: Network) -> None:
    network.must("redeem/1", account("alice"), "alice", asset="CNY", amount_minor=network.balance("alice"))


def suspend(network: Network) -> None:
    network.must("suspend/1", "operator", "operator", institution="east")


WITHIN = [
    pytest.param(lambda network: network.close("alice"), "account_closed", id="account_closed"),
    pytest.param(lambda network: network.freeze("alice", "east"), "account_frozen", id="account_frozen"),
    pytest.param(lambda network: network.recover("alice", "east"), "recovery_under_way", id="recovery_under_way"),
    pytest.param(freeze_amount, "amount_frozen", id="amount_frozen"),
    pytest.param(suspend, "institution_suspended", id="institution_suspended"),
    pytest.param(spend_all, "insufficient_balance", id="insufficient_balance"),
]
"""Gates of any payment by alice, each with the code of its refusal."""

ACROSS = [*WITHIN, pytest.param(lambda network: network.cap("east", 0), "net_debit_cap_exceeded", id="net_debit_cap")]
"""Gates of a payment by alice to another bank's customer."""


def payee(name: str, bank: str) -> list[object]:
    """Return the gates of a credit, each with the code of its refusal."""
    return [
        pytest.param(lambda network: network.close(name), "payee_closed", id="payee_closed"),
        pytest.param(lambda network: network.freeze(name, bank, "all"), "payee_frozen", id="payee_frozen"),
    ]


def fill(network: Network, name: str, bank: str) -> None:
    """Bring a balance to the largest amount."""
    missing = MAX_AMOUNT_MINOR - network.balance(name)
    network.must("issue/1", bank, bank, account=account(name), asset="CNY", amount_minor=missing)
