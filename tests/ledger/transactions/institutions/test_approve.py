"""approve: one accepted case, one per refusal."""

from __future__ import annotations

import pytest

from payport.ledger.state import proposals
from tests.ledger.network import MINUTE_MS, Network

PROPOSED = bytes(32)


@pytest.fixture(autouse=True)
def _proposal(network: Network) -> None:
    fields = {"proposed": PROPOSED, "expires_at_ms": network.now_ms + MINUTE_MS}
    network.must("propose/1", "operator", "operator", **fields)


def approve(network: Network, sender: str = "east", proposed: bytes = PROPOSED) -> str:
    return network.do("approve/1", sender, sender, proposed=proposed).code


def test_members_are_counted_once(network: Network) -> None:
    assert [approve(network, "west"), approve(network)] == ["committed", "committed"]
    record = proposals.require_live(network.state, PROPOSED, network.machine.time_ms)
    assert record.approvals == ("east", "operator", "west")
    assert [approve(network), approve(network, "operator")] == ["already_approved", "already_approved"]


def test_no_live_proposal(network: Network) -> None:
    assert approve(network, proposed=b"x" * 32) == "no_live_proposal"
    network.later(2 * MINUTE_MS)
    assert approve(network) == "no_live_proposal"


def test_institution_suspended(network: Network) -> None:
    network.must("suspend/1", "operator", "operator", institution="east")
    assert approve(network) == "institution_suspended"
