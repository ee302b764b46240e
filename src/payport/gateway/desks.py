"""Refusals that come from the banks' own desks, as far as every route that asks one may get them."""

from __future__ import annotations

from typing import Final

from payport.institutions import card_numbers, contract
from payport.services import attempts, one_time_codes, openings
from payport.services.cards import enrolment
from payport.services.desk import client, operations
from payport.services.messenger import address
from payport.services.messenger import contract as messenger
from payport.values.signatures.contract import INVALID_SIGNATURE, UNBINDABLE_KEY, UNKNOWN_SCHEME

DESK: Final = (client.DESK_UNREACHABLE, client.DESK_FAILED, operations.UNKNOWN_DESK)
"""Refusals of every question to a desk."""

CODE: Final = (
    *attempts.REFUSALS,
    *one_time_codes.REFUSALS,
    *address.REFUSALS,
    *messenger.REFUSALS,
    contract.CORE_UNAVAILABLE,
)
"""Refusals around a one-time code."""

ENROLMENT: Final = (
    *CODE,
    *card_numbers.REFUSALS,
    *enrolment.REFUSALS,
    *openings.REFUSALS,
    contract.CUSTOMER_BLOCKED,
    UNKNOWN_SCHEME,
    UNBINDABLE_KEY,
    INVALID_SIGNATURE,
)
"""Refusals of binding a card."""
