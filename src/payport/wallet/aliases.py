"""Aliases: the wallet checks who says that a phone number stands for an account, and remembers it.

An answer counts if enough of the institution's keys have signed it, it is for the alias that was asked for, on this
network, and valid now. The first answer for an alias is pinned. Where a later one names another account or institution
the wallet says so instead of paying: the person may have changed banks, or somebody answers in his place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from payport.values import aliases
from payport.values.refusals import RefusalClass, RefusalCode
from payport.values.signatures import pure
from payport.values.signatures.contract import INVALID_SIGNATURE, WebAuthnPolicy
from payport.values.signatures.table import scheme_named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payport.values.aliases import AliasAnswer

ALIAS_ANSWER_EXPIRED: Final = RefusalCode(
    "alias_answer_expired",
    RefusalClass.EXPIRED,
    "The bank's answer about this contact is out of date; ask again.",
    "银行关于该联系人的答复已过期，请重新查询。",
)
"""It is past its expiry, or not valid yet by this machine's clock."""

ALIAS_ANSWER_MISMATCH: Final = RefusalCode(
    "alias_answer_mismatch",
    RefusalClass.UNAUTHORISED,
    "The answer is for another contact, bank or network than the one asked for.",
    "答复与所查询的联系人、银行或网络不符。",
)
"""Somebody shows an answer that was given for something else."""

ALIAS_CHANGED: Final = RefusalCode(
    "alias_changed",
    RefusalClass.CONFLICT,
    "This contact stands for another account than before; make sure who it is.",
    "该联系人对应的账户已变更，请确认对方身份。",
)
"""The holder may have changed banks or given up his number; the wallet asks before it forgets the old pin."""

REFUSALS: Final = (INVALID_SIGNATURE, ALIAS_ANSWER_MISMATCH, ALIAS_ANSWER_EXPIRED, ALIAS_CHANGED)
"""Refusals of this module, in order of precedence."""

CLOCK_SKEW_MS: Final = 2 * 60_000
"""How far this machine's clock may be behind the institution's."""

_NO_POLICY: Final = WebAuthnPolicy((), ())


class InstitutionKeys(NamedTuple):
    """Which keys answer for an institution, as its record on the ledger has them."""

    institution: str
    """Institution."""
    keys: frozenset[bytes]
    """Its public keys."""
    threshold: int = 1
    """How many of them it takes."""


class Pin(NamedTuple):
    """What was answered for an alias the first time."""

    institution: str
    """Institution that answered."""
    account: bytes
    """Account the alias stands for."""


def verify(
    data: bytes, alias: str, chain_id: str, keys: InstitutionKeys, now_ms: int, policy: WebAuthnPolicy = _NO_POLICY
) -> AliasAnswer:
    """Return a signed answer that holds.

    Raises ``malformed_bytes``, ``invalid_signature``, ``unknown_scheme``, ``alias_answer_mismatch``,
    ``alias_answer_expired``.
    """
    assert 1 <= keys.threshold <= len(keys.keys), "somebody answers for the institution"
    signed, answer = aliases.read_signed(data)
    message = aliases.signing_bytes(signed.answer)
    for each in signed.signatures:
        scheme = scheme_named(each.scheme)
        known = each.public_key in keys.keys
        if not known or not pure.verify(scheme.reduce(each.public_key, message, each.signature, policy)):
            INVALID_SIGNATURE.refuse(each.public_key.hex())
    if len(signed.signatures) < keys.threshold:
        INVALID_SIGNATURE.refuse(f"{len(signed.signatures)} of {keys.threshold}")
    asked = (chain_id, keys.institution, aliases.alias_digest(alias))
    if (answer.chain_id, answer.institution, answer.alias_digest) != asked:
        ALIAS_ANSWER_MISMATCH.refuse()
    if not answer.issued_at_ms - CLOCK_SKEW_MS <= now_ms <= answer.expires_at_ms:
        ALIAS_ANSWER_EXPIRED.refuse()
    return answer


class Pins:
    """What the wallet remembers of aliases; kept by the app across runs as plain values."""

    def __init__(self, known: Mapping[str, Pin] | None = None) -> None:
        """Go on with what was known."""
        self._known = dict(known or {})

    @property
    def known(self) -> dict[str, Pin]:
        """Every pin by its alias, to be kept."""
        return dict(self._known)

    def accept(self, alias: str, answer: AliasAnswer) -> None:
        """Pin a verified answer, or insist that it says what was pinned; raises ``alias_changed``."""
        pin = Pin(answer.institution, answer.account)
        pinned = self._known.setdefault(alias, pin)
        if pinned != pin:
            ALIAS_CHANGED.refuse(f"{pinned.institution} to {pin.institution}")

    def forget(self, alias: str) -> None:
        """Drop a pin, once the user has made sure."""
        self._known.pop(alias, None)
