"""Fixtures of the ledger's tests."""

from __future__ import annotations

import pytest

from tests.ledger.network import Network


@pytest.fixture
def network() -> Network:
    """A cardholder with 1,000.00 at each bank, and a supermarket and a metro at the west bank."""
    made = Network()
    made.open("alice", "east", money=100_000)
    made.open("bob", "west", money=100_000)
    made.open("market", "west", "5411")
    made.open("metro", "west", "4111")
    return made
