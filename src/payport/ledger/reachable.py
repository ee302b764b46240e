"""Which authority policies can be met, so that a network's government cannot lock itself out.

A policy that nobody can meet could not be taken back by the verb it governs. So a policy is refused that asks for more
than there is, and a change of keys that would leave fewer than a policy asks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.ledger.state import institutions, parameters
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Collection

    from payport.ledger.state.institutions import Institution
    from payport.ledger.state.parameters import AuthorityPolicy
    from payport.ledger.state.state import State

POLICY_OUT_OF_REACH: Final = RefusalCode(
    "policy_out_of_reach",
    RefusalClass.CONFLICT,
    "Nobody could meet this policy: it asks for more keys or members than there are.",
    "无人能够满足该授权规则：所需的密钥或成员数量超过现有数量。",
)
"""By vote: more than the members not suspended. Otherwise: more keys than the operator, or any member, has; for
``authority/rotate_keys``, than every member has, because only rotating brings more. To propose and to approve is every
member's own: put to a vote or left to the operator, no vote could be won."""

FEWER_KEYS_THAN_POLICY: Final = RefusalCode(
    "fewer_keys_than_policy",
    RefusalClass.CONFLICT,
    "A policy asks for more keys than the institution would have.",
    "授权规则要求的密钥数量超过该机构将拥有的数量。",
)
"""It could not rotate its keys again, or, being the operator, not do what only the operator may."""

_ROTATE: Final = "authority/rotate_keys"
_VOTING: Final = frozenset({"authority/propose", "authority/approve"})


def is_reachable(name: str, policy: AuthorityPolicy, members: Collection[Institution], active: int) -> bool:
    """Tell whether the policy of parameter ``name`` can be met by these members, ``active`` of them not suspended."""
    if name in _VOTING and policy.form != "sender":
        return False
    if policy.form == "vote":
        return policy.threshold <= active
    if policy.form == "operator":
        members = [each for each in members if each.role is institutions.InstitutionRole.OPERATOR]
    counts = [len(each.keys) for each in members]
    return policy.threshold <= (min(counts) if name == _ROTATE else max(counts))


def require_reachable(state: State, name: str, policy: AuthorityPolicy, time_ms: int) -> None:
    """Refuse ``policy_out_of_reach`` where the members as they are could not meet a new policy."""
    members = list(institutions.table(state).values())
    if not is_reachable(name, policy, members, institutions.active(state, time_ms)):
        POLICY_OUT_OF_REACH.refuse(f"{name}: {policy.form} {policy.threshold}")


def require_keys_enough(state: State, role: institutions.InstitutionRole, keys: int, height: int) -> None:
    """Refuse ``fewer_keys_than_policy`` where a policy in force, or decided, asks for more than ``keys``."""
    for name, policy in parameters.policies(state, height):
        concerned = name == _ROTATE if policy.form == "sender" else role is institutions.InstitutionRole.OPERATOR
        if policy.form != "vote" and concerned and policy.threshold > keys:
            FEWER_KEYS_THAN_POLICY.refuse(f"{name} asks for {policy.threshold}")
