"""propose: a vote that is carried out, one case per refusal."""

from __future__ import annotations

from typing import Any

import pytest

from payport.ledger.state import parameters, proposals
from payport.ledger.transactions.institutions import propose as verb
from payport.values import codec
from payport.values.limits import MAX_PROPOSAL_MS
from tests.ledger.network import MINUTE_MS, Network


def propose(network: Network, proposed: bytes = bytes(32), sender: str = "operator", **overrides: Any) -> str:
    fields = {"proposed": proposed, "expires_at_ms": network.now_ms + MINUTE_MS, **overrides}
    return network.do("propose/1", sender, sender, **fields).code


@pytest.fixture
def vote(network: Network) -> bytes:
    """Let suspensions be voted on, and return the digest of one."""
    policy = codec.encode(parameters.AuthorityPolicy("vote", 0))
    fields = {"name": "authority/suspend", "value": policy, "from_height": network.machine.height + 2}
    network.must("set_parameter/1", "operator", "operator", **fields)
    return proposals.digest_of(codec.encode(network.build("suspend/1", "operator", institution="east")))


def suspend(network: Network, institution: str = "east", sender: str = "operator") -> str:
    return network.do("suspend/1", sender, sender, institution=institution).code


def test_carried_out_once_enough_members_approve(network: Network, vote: bytes) -> None:
    assert suspend(network) == "no_live_proposal"
    assert propose(network, vote) == "committed"
    assert suspend(network) == "too_few_approvals"
    # More than two thirds of three members are three.
    network.must("approve/1", "west", "west", proposed=vote)
    assert suspend(network) == "too_few_approvals"
    network.must("approve/1", "east", "east", proposed=vote)
    assert suspend(network, sender="west") == "no_live_proposal"
    assert suspend(network) == "committed"
    assert proposals.table(network.state).get(vote) is None
    assert suspend(network) == "no_live_proposal"


def test_a_suspended_members_vote_does_not_count(network: Network, vote: bytes) -> None:
    propose(network, vote)
    network.must("approve/1", "east", "east", proposed=vote)
    network.must("emergency_suspend/1", "operator", "operator", institution="east")
    # Two active members remain, and both are needed.
    assert suspend(network) == "too_few_approvals"
    network.must("approve/1", "west", "west", proposed=vote)
    assert suspend(network) == "committed"


def test_only_the_proposer_carries_it_out(network: Network, vote: bytes) -> None:
    propose(network, vote, "west")
    for member in ("operator", "east"):
        network.must("approve/1", member, member, proposed=vote)
    assert suspend(network) == "no_live_proposal"


@pytest.mark.usefixtures("vote")
def test_a_refused_transaction_leaves_its_proposal_open(network: Network) -> None:
    digest = proposals.digest_of(codec.encode(network.build("suspend/1", "operator", institution="operator")))
    propose(network, digest)
    for member in ("west", "east"):
        network.must("approve/1", member, member, proposed=digest)
    assert suspend(network, "operator") == "operator_cannot_be_suspended"
    assert proposals.table(network.state).get(digest) is not None


@pytest.mark.parametrize("later_ms", [0, MAX_PROPOSAL_MS + 1])
def test_proposal_expiry_invalid(network: Network, later_ms: int) -> None:
    assert propose(network, expires_at_ms=network.now_ms + later_ms) == "proposal_expiry_invalid"


def test_proposal_exists_until_it_expires(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [propose(network), propose(network, sender="west")] == ["committed", "proposal_exists"]
    with monkeypatch.context() as unswept:
        unswept.setattr("payport.ledger.state.dues.MAX_SWEEP_PER_BLOCK", 0)
        network.later(2 * MINUTE_MS)
        assert propose(network, sender="west") == "committed"
    network.later(2 * MINUTE_MS)
    assert not list(proposals.table(network.state).items())


def test_too_many_proposals(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verb, "MAX_PROPOSALS_PER_INSTITUTION", 1)
    assert [propose(network, bytes([each]) * 32) for each in range(2)] == ["committed", "too_many_proposals"]


def test_institution_suspended(network: Network) -> None:
    network.must("suspend/1", "operator", "operator", institution="east")
    assert propose(network, sender="east") == "institution_suspended"
