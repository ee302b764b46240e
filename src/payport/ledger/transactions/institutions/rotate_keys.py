"""Rotate an institution's keys: replace all of them, and the threshold, at once.

Effect: from the next transaction on only the new keys sign. Keys may stay; those left out are revoked for ever.
There must be as many as the policy for rotating asks for; the operator's, as any policy asks of the operator.
Signed by the institution, by the policy ``authority/rotate_keys``; each new key, and each that stays, proves
possession. Moves nothing. Since protocol version 1.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from payport.ledger import binding, reachable
from payport.ledger.state import institutions, keys
from payport.ledger.state.state import State
from payport.ledger.transaction import INSTITUTION_ONLY, Context, Event, InstitutionTransaction, Power, Proof, Role
from payport.values import bindings
from payport.values.limits import MAX_INSTITUTION_KEYS
from payport.values.refusals import RefusalClass, RefusalCode


class RotateKeys(InstitutionTransaction, frozen=True):
    """The sender replaces its keys."""

    keys: Annotated[tuple[bindings.NewKey, ...], msgspec.Meta(min_length=1, max_length=MAX_INSTITUTION_KEYS)]
    """All its keys from now on, with their proofs, in strictly ascending order of public key."""
    threshold: Annotated[int, msgspec.Meta(ge=1, le=MAX_INSTITUTION_KEYS)]
    """How many of them sign where a policy asks for its own threshold."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = INSTITUTION_ONLY
POWERS: Final = frozenset({Power.BIND})

THRESHOLD_ABOVE_KEYS: Final = RefusalCode(
    "threshold_above_keys",
    RefusalClass.MALFORMED,
    "The threshold is larger than the number of keys.",
    "签名门限大于密钥数量。",
)
"""It could never be reached."""

REFUSALS: Final = (
    THRESHOLD_ABOVE_KEYS,
    *binding.REFUSALS,
    reachable.FEWER_KEYS_THAN_POLICY,
    keys.KEY_ALREADY_BOUND,
)


def check(transaction: RotateKeys) -> None:
    """Look at threshold and keys by themselves."""
    if transaction.threshold > len(transaction.keys):
        THRESHOLD_ABOVE_KEYS.refuse(f"{transaction.threshold} of {len(transaction.keys)}")
    binding.check_new_keys(transaction.keys)


def proofs(transaction: RotateKeys) -> tuple[Proof, ...]:
    """Return each key's proof of possession."""
    holder = transaction.sender.encode()
    return tuple(binding.possession(transaction.chain_id, holder, each) for each in transaction.keys)


def apply(transaction: RotateKeys, state: State, context: Context) -> None:
    """Write the new keys and revoke those left out."""
    sender = transaction.sender
    record = institutions.require(state, sender)
    reachable.require_keys_enough(state, record.role, len(transaction.keys), context.height)
    old = {key.public_key: key for key in record.keys}
    new = {each.public_key: each for each in transaction.keys}
    for public_key, each in new.items():
        if public_key not in old or old[public_key].scheme != each.scheme:
            keys.require_unbound(state, public_key)
    for public_key, each in new.items():
        if public_key not in old:
            bound = keys.Key(each.scheme, sender.encode(), Role.INSTITUTION, (), None, None, revoked=False)
            keys.bind(state, public_key, bound)
    for public_key in old:
        if public_key not in new:
            keys.revoke(state, public_key)
    replaced = tuple(institutions.InstitutionKey(each.scheme, each.public_key) for each in transaction.keys)
    institutions.set_keys(state, sender, replaced, transaction.threshold)


def event(transaction: RotateKeys) -> Event:
    """No account is concerned."""
    del transaction
    return Event((), None, None)


def example() -> RotateKeys:
    """Replace a bank's only key."""
    from payport.ledger.examples import common_institution_fields, new_key  # noqa: PLC0415 - examples need the verbs

    return RotateKeys(
        **common_institution_fields("rotate_keys/1", sender="bank-east"),
        keys=(new_key(b"bank-east", 5),),
        threshold=1,
    )
