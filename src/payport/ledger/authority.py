"""Who may sign: an envelope's keys resolved to roles, by the verbs' roles and the policies in the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from payport.ledger.state import accounts, institutions, keys, parameters, proposals
from payport.ledger.transaction import Context, Role
from payport.values.limits import MAX_VALIDITY_SHORT_MS
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from payport.ledger.registry import Verb
    from payport.ledger.state.state import State
    from payport.values.envelopes import Envelope

TOO_FEW_SIGNATURES: Final = RefusalCode(
    "too_few_signatures", RefusalClass.UNAUTHORISED, "More of the institution's keys must sign this.", "签名数量不足。"
)
"""The institution's threshold, or that of the verb's policy, is not reached."""

TOO_MANY_SIGNATURES: Final = RefusalCode(
    "too_many_signatures",
    RefusalClass.UNAUTHORISED,
    "An account's transaction has one signature.",
    "账户交易只能有一个签名。",
)
"""An account signs with one key."""

NOT_THE_OPERATOR: Final = RefusalCode(
    "not_the_operator",
    RefusalClass.UNAUTHORISED,
    "Only the scheme operator may do this.",
    "只有网络运营方可以执行此操作。",
)
"""The verb's policy asks for the operator."""

VALIDITY_TOO_LONG: Final = RefusalCode(
    "validity_too_long",
    RefusalClass.MALFORMED,
    "The time between valid-from and valid-until is too long for this key.",
    "有效期过长。",
)
"""10 minutes for session and device keys, 24 hours for owners and institutions."""

REFUSALS: Final = (
    accounts.UNKNOWN_ACCOUNT,
    institutions.UNKNOWN_INSTITUTION,
    accounts.ACCOUNT_CLOSED,
    NOT_THE_OPERATOR,
    proposals.NO_LIVE_PROPOSAL,
    proposals.TOO_FEW_APPROVALS,
    TOO_MANY_SIGNATURES,
    keys.UNBOUND_KEY,
    keys.REVOKED_KEY,
    keys.EXPIRED_KEY,
    keys.OUT_OF_SCOPE,
    TOO_FEW_SIGNATURES,
    VALIDITY_TOO_LONG,
)
"""Refusals of this module, in order of precedence."""

Signers = tuple[tuple[bytes, str], ...]
"""Each public key of the envelope with the role under which it signed."""


_CUSTOMER: Final = accounts.AccountKind.CUSTOMER
_OWNER: Final = Role.OWNER
_CLOSED: Final = accounts.Standing.CLOSED


def authorise(state: State, verb: Verb, transaction: Any, envelope: Envelope, context: Context) -> Signers:  # noqa: ANN401 - the record of any verb
    """Return the signers with their roles, and note the account's key in ``context``.

    Raises a refusal of this module.
    """
    sender = transaction.sender
    if isinstance(sender, str):
        institutions.require(state, sender)
        return _institution_signers(state, verb, (sender, *verb.cosigners(transaction)), envelope, context)
    account = context.sending_account = accounts.require(state, sender)
    if account.kind is not _CUSTOMER:
        return _institution_signers(state, verb, (account.institution,), envelope, context)
    if account.standing is _CLOSED:
        accounts.ACCOUNT_CLOSED.refuse()
    signature = envelope.signatures[0]
    if len(envelope.signatures) != 1:
        TOO_MANY_SIGNATURES.refuse()
    public_key = signature.public_key
    key = keys.require_signer(state, public_key, sender, account.key_epoch, verb.name, context.time_ms)
    if key.role not in verb.roles or key.scheme != signature.scheme:
        keys.OUT_OF_SCOPE.refuse(f"{verb.name} by {key.role}")
    context.signing_key = key
    context.signing_public_key = public_key
    return ((public_key, str(key.role)),)


def _institution_signers(
    state: State, verb: Verb, signing: tuple[str, ...], envelope: Envelope, context: Context
) -> Signers:
    """Check by the verb's policy that enough keys of each institution in ``signing`` signed, and no others."""
    records = [institutions.require(state, each) for each in signing]
    sender = signing[0]
    own = parameters.find(state, f"authority/{verb.name}", context.height, parameters.AuthorityPolicy)
    policy = own if own is not None else verb.policy
    if policy.form == "operator" and sender != parameters.operator(state):
        NOT_THE_OPERATOR.refuse(sender)
    by_vote = policy.form == "vote"
    if by_vote:
        context.proposal = proposals.digest_of(envelope.body)
        proposals.require_won(state, context.proposal, sender, policy.threshold, context.time_ms)
    signed = {(signature.scheme, signature.public_key) for signature in envelope.signatures}
    known = [{(key.scheme, key.public_key) for key in record.keys} for record in records]
    if not signed <= set().union(*known):
        keys.UNBOUND_KEY.refuse()
    for record, own_keys in zip(records, known, strict=True):
        needed = policy.threshold if policy.threshold and not by_vote else record.threshold
        if len(signed & own_keys) < needed:
            TOO_FEW_SIGNATURES.refuse(f"{len(signed & own_keys)} of {needed}")
    return tuple((signature.public_key, str(Role.INSTITUTION)) for signature in envelope.signatures)


def require_validity(span_ms: int, context: Context) -> None:
    """Refuse ``validity_too_long`` where a session or device key signed for more than 10 minutes."""
    key = context.signing_key
    if key is not None and key.role is not _OWNER and span_ms > MAX_VALIDITY_SHORT_MS:
        VALIDITY_TOO_LONG.refuse(f"{span_ms} ms of at most {MAX_VALIDITY_SHORT_MS}")
