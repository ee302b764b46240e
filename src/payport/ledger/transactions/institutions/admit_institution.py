"""Admit an institution as a member of the network.

Effect: the institution, its keys and its own two accounts (fee income, unclaimed money) exist.
Signed by the operator, by the policy ``authority/admit_institution``; each new key proves possession.
Moves nothing. Confidential: the body holds the view key of the two accounts. Since protocol version 1.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from payport.ledger import binding, reachable
from payport.ledger.genesis import admit_member
from payport.ledger.state import accounts, institutions, keys
from payport.ledger.state.parameters import AuthorityPolicy
from payport.ledger.state.state import State
from payport.ledger.transaction import INSTITUTION_ONLY, Context, Event, InstitutionTransaction, Power, Proof
from payport.values import bindings
from payport.values.identifiers import AccountId, Digest, InstitutionId
from payport.values.limits import MAX_INSTITUTION_KEYS
from payport.values.refusals import RefusalClass, RefusalCode


class AdmitInstitution(InstitutionTransaction, frozen=True):
    """The operator admits ``institution``."""

    institution: InstitutionId
    """Id of the new member."""
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    """Name people read, 1 to 64 characters."""
    role: institutions.InstitutionRole
    """Bank or regulator; a network has one operator, set in genesis."""
    keys: Annotated[tuple[bindings.NewKey, ...], msgspec.Meta(min_length=1, max_length=MAX_INSTITUTION_KEYS)]
    """Its keys with their proofs, in strictly ascending order of public key."""
    threshold: Annotated[int, msgspec.Meta(ge=1, le=MAX_INSTITUTION_KEYS)]
    """How many of its keys sign where a policy asks for its own threshold."""
    utc_offset_seconds: Annotated[int, msgspec.Meta(ge=-43_200, le=institutions.MAX_UTC_OFFSET_SECONDS)]
    """Fixed offset by which its customers' days are counted, in seconds."""
    fees_account: AccountId
    """Id of the account for its shares of fees."""
    unclaimed_account: AccountId
    """Id of the account for money that finds no owner."""
    view_key: Digest
    """View key of these two accounts."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = INSTITUTION_ONLY
POWERS: Final = frozenset({Power.ADMIT, Power.BIND})
CONFIDENTIAL: Final = True
POLICY: Final = AuthorityPolicy("operator", 0)

SECOND_OPERATOR: Final = RefusalCode(
    "second_operator", RefusalClass.CONFLICT, "A network has one operator.", "一个网络只有一个运营方。"
)
"""The role asked for is the operator's."""

INVALID_THRESHOLD: Final = RefusalCode(
    "invalid_threshold",
    RefusalClass.MALFORMED,
    "The threshold is larger than the number of keys.",
    "签名门限大于密钥数量。",
)
"""It could never be reached."""

INSTITUTION_EXISTS: Final = RefusalCode(
    "institution_exists", RefusalClass.CONFLICT, "An institution of this id is a member already.", "该机构标识已存在。"
)
"""Ids of institutions are never reused."""

REFUSALS: Final = (
    SECOND_OPERATOR,
    INVALID_THRESHOLD,
    accounts.SAME_ACCOUNT,
    *binding.REFUSALS,
    INSTITUTION_EXISTS,
    reachable.FEWER_KEYS_THAN_POLICY,
    keys.KEY_ALREADY_BOUND,
    accounts.ACCOUNT_EXISTS,
)


def check(transaction: AdmitInstitution) -> None:
    """Look at role, threshold, accounts and keys by themselves."""
    if transaction.role is institutions.InstitutionRole.OPERATOR:
        SECOND_OPERATOR.refuse()
    if transaction.threshold > len(transaction.keys):
        INVALID_THRESHOLD.refuse(f"{transaction.threshold} of {len(transaction.keys)}")
    if transaction.fees_account == transaction.unclaimed_account:
        accounts.SAME_ACCOUNT.refuse()
    binding.check_new_keys(transaction.keys)


def proofs(transaction: AdmitInstitution) -> tuple[Proof, ...]:
    """Return each new key's proof of possession."""
    holder = transaction.institution.encode()
    return tuple(binding.possession(transaction.chain_id, holder, each) for each in transaction.keys)


def apply(transaction: AdmitInstitution, state: State, context: Context) -> None:
    """Write the member, its keys and its accounts."""
    if institutions.find(state, transaction.institution) is not None:
        INSTITUTION_EXISTS.refuse(transaction.institution)
    reachable.require_keys_enough(state, transaction.role, len(transaction.keys), context.height)
    for each in transaction.keys:
        keys.require_unbound(state, each.public_key)
    accounts.require_free(state, transaction.fees_account)
    accounts.require_free(state, transaction.unclaimed_account)
    record = institutions.Institution(
        name=transaction.name,
        role=transaction.role,
        keys=tuple(institutions.InstitutionKey(each.scheme, each.public_key) for each in transaction.keys),
        threshold=transaction.threshold,
        utc_offset_seconds=transaction.utc_offset_seconds,
        fees_account=transaction.fees_account,
        unclaimed_account=transaction.unclaimed_account,
        admitted_height=context.height,
    )
    admit_member(state, transaction.institution, record, transaction.view_key)


def event(transaction: AdmitInstitution) -> Event:
    """Tell followers of the two new accounts."""
    return Event((transaction.fees_account, transaction.unclaimed_account), None, None)


def example() -> AdmitInstitution:
    """Admit a bank with one key."""
    from payport.ledger.examples import common_institution_fields, new_key  # noqa: PLC0415 - examples need the verbs

    return AdmitInstitution(
        **common_institution_fields("admit_institution/1", sender="operator"),
        institution="bank-east",
        name="Bank of the East",
        role=institutions.InstitutionRole.BANK,
        keys=(new_key(b"bank-east", 1),),
        threshold=1,
        utc_offset_seconds=28_800,
        fees_account=bytes.fromhex("01" * 16),
        unclaimed_account=bytes.fromhex("02" * 16),
        view_key=bytes.fromhex("03" * 32),
    )
