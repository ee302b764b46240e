"""The documented reason behind every outcome a transaction can have."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from payport.ledger import admission, authority, machine, verification
from payport.ledger.registry import verbs

if TYPE_CHECKING:
    from payport.values.refusals import RefusalCode


@cache
def reasons() -> dict[str, RefusalCode]:
    """Return every refusal of admission, verification, authority, machine and verbs by its code."""
    own = [reason for verb in verbs().values() for reason in verb.refusals]
    found = (*admission.REFUSALS, *verification.REFUSALS, *machine.REFUSALS, *authority.REFUSALS, *own)
    return {reason.code: reason for reason in found}
