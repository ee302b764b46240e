"""How often whom the port lets ask. Each number says what it is for; `--address-rate` changes the first."""

from __future__ import annotations

from typing import Final

from payport.gateway.access.callers import Caller, Customer, Holder, Nobody, Partner, Staff
from payport.gateway.rates import Rate

SECOND_MS: Final = 1_000
"""Window of what would be a burst."""

DAY_MS: Final = 86_400_000
"""Window of what somebody might collect patiently."""

HOLDER_RATE: Final = Rate("holder", 200, SECOND_MS)
"""A till with a few screens and a back office that reads statements page by page."""

CUSTOMER_RATE: Final = Rate("customer", 50, SECOND_MS)
"""A phone that opens its busiest page; a person taps less often."""

PARTNER_RATE: Final = Rate("partner", 1_000, SECOND_MS)
"""A chain of shops."""

STAFF_RATE: Final = Rate("staff", 20, SECOND_MS)
"""A person at a console. Copying a bank's accounts would be noticed in the audit log first."""

SIGN_IN_RATE: Final = Rate("sign-in", 600, 60_000)
"""Attempts to sign in, or to take up an invitation, from one address a minute: many phones share a carrier's address,
and keys cannot be guessed, so this bounds the work they cost."""

SIGN_UP_RATE: Final = Rate("sign-up", 1_000, 3_600_000)
"""New customers from one address an hour: a campus behind one router, no factory of customers."""


LOOK_UP_RATE: Final = Rate("look-up", 100, DAY_MS)
"""Aliases one caller may ask about a day: twice what a busy payer does, and no way to collect a phone book."""


DIGITS_RATE: Final = Rate("digits", 600, 60_000)
"""Pay codes of digits a till or a chain of tills may present a minute: of 10^17 none is found by trying."""


def rate_of(caller: Caller) -> tuple[Rate, str]:
    """Return which rate a caller's requests are counted under, and as whom."""
    match caller:
        case Holder():
            return HOLDER_RATE, caller.account.hex()
        case Customer():
            return CUSTOMER_RATE, caller.id.hex()
        case Partner():
            return PARTNER_RATE, caller.key_id.hex()
        case Staff():
            return STAFF_RATE, caller.id.hex()
        case Nobody():
            return HOLDER_RATE, "nobody"
