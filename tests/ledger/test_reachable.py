"""Policies that can be met: by members and keys as they are, and as they would be."""

from __future__ import annotations

import msgspec
import pytest

from payport.ledger import genesis
from payport.ledger.reachable import is_reachable
from payport.ledger.state import institutions
from payport.ledger.state.parameters import AuthorityPolicy
from payport.values import codec
from payport.values.refusals import Refusal
from tests.ledger.network import example_genesis, public_key

OPERATOR, BANK = institutions.InstitutionRole.OPERATOR, institutions.InstitutionRole.BANK


def member(role: institutions.InstitutionRole, keys: int) -> institutions.Institution:
    own = tuple(institutions.InstitutionKey("ed25519", public_key(f"{role}{each}")) for each in range(keys))
    record = next(each.record for each in example_genesis().members if each.record.role is role)
    return msgspec.structs.replace(record, keys=own)


MEMBERS = [member(OPERATOR, 2), member(BANK, 1), member(BANK, 4)]


@pytest.mark.parametrize(
    ("name", "form", "reach"),
    [
        ("authority/suspend", "vote", 2),
        ("authority/suspend", "operator", 2),
        ("authority/issue", "sender", 4),
        ("authority/rotate_keys", "sender", 1),
        ("authority/rotate_keys", "operator", 2),
    ],
)
def test_reach(name: str, form: str, reach: int) -> None:
    """Three members, one of them suspended: each policy can ask for so much and no more."""
    found = [is_reachable(name, AuthorityPolicy(form, asked), MEMBERS, 2) for asked in (0, reach, reach + 1)]
    assert found == [True, True, False]


@pytest.mark.parametrize("verb", ["propose", "approve"])
def test_voting_is_not_put_to_a_vote(verb: str) -> None:
    found = [is_reachable(f"authority/{verb}", AuthorityPolicy(form, 1), MEMBERS, 3) for form in ("sender", "vote")]
    assert found == [True, False]
    assert not is_reachable(f"authority/{verb}", AuthorityPolicy("operator", 1), MEMBERS, 3)


@pytest.mark.parametrize(
    ("name", "policy"),
    [("authority/set_parameter", AuthorityPolicy("vote", 4)), ("authority/suspend", AuthorityPolicy("operator", 2))],
)
def test_no_network_starts_with_a_policy_nobody_can_meet(name: str, policy: AuthorityPolicy) -> None:
    made = example_genesis()
    settings = sorted([*made.parameters, genesis.Setting(name, codec.encode(policy))], key=lambda each: each.name)
    with pytest.raises(Refusal, match=f"invalid_genesis.*nobody can meet {name}"):
        genesis.read_genesis(msgspec.structs.replace(made, parameters=tuple(settings)).encoded)


def test_no_network_starts_with_a_threshold_above_the_keys() -> None:
    made = example_genesis()
    first = msgspec.structs.replace(
        made.members[0], record=msgspec.structs.replace(made.members[0].record, threshold=2)
    )
    with pytest.raises(Refusal, match=r"invalid_genesis.*threshold"):
        genesis.read_genesis(msgspec.structs.replace(made, members=(first, *made.members[1:])).encoded)
