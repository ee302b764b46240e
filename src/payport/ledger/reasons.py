"""The documented reason behind every outcome a transaction can have."""

from __future__ import annotations

from functools import cache

from payport.ledger import admission, authority, machine, verification
from payport.ledger.registry import verbs
from payport.values.refusals import RefusalCode


def _refusals_of_verbs() -> list[RefusalCode]:
    return [reason for verb in verbs().values() for reason in verb.refusals]


@cache
def reasons() -> dict[str, RefusalCode]:
    """Return every refusal of admission, verification, authority, machine and verbs by its code."""
    # A verb also declares outcomes it gives to others, as void does, and those are not among its own refusals.
    declared = [value for verb in verbs().values() for value in vars(verb.module).values()]
    own = [*(value for value in declared if isinstance(value, RefusalCode)), *_refusals_of_verbs()]
    found = (*admission.REFUSALS, *verification.REFUSALS, *machine.REFUSALS, *authority.REFUSALS, *own)
    return {reason.code: reason for reason in found}
