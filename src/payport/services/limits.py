"""Limits of this layer, each with its reason."""

from __future__ import annotations

from typing import Final

CODE_DIGITS: Final = 6
"""Digits of a one-time code: what people type from a message without a mistake."""

CODE_VALID_MS: Final = 5 * 60_000
"""How long a one-time code counts: a message takes seconds, a person a minute."""

MAX_CODE_TRIES: Final = 5
"""Times a code may be typed: guessing one of a million succeeds once in 200,000 requests."""

MAX_STARTS_PER_CARD: Final = 5
"""Enrolments begun with one card within an hour, whoever begins them and with whichever phone."""

MAX_STARTS_PER_ADDRESS: Final = 5
"""Codes for an alias sent to one phone or e-mail within an hour: nobody is flooded, nothing is guessed."""

MAX_STARTS_PER_ACCOUNT: Final = 20
"""Codes for aliases asked for by one account within an hour."""

MAX_STARTS: Final = 20_000
"""Enrolments begun at one institution within an hour: more is an attack on all cards at once."""

MAX_ALIASES_PER_CUSTOMER: Final = 8
"""Aliases of one customer: his phones and mailboxes."""

OPENING_VALID_MS: Final = 90_000
"""How long a signed opening can execute; it is signed anew after that, and opens the same account."""

ALIAS_ANSWER_VALID_MS: Final = 10 * 60_000
"""How long an alias answer counts: for the payment that is about to be made."""

MAX_MESSAGE_CHARACTERS: Final = 500
"""A message to a phone, in both languages."""

MAX_INBOX: Final = 1_000
"""Messages the sandbox inbox keeps; the oldest make room."""

MAX_INBOX_PAGE: Final = 50
"""Messages shown at once."""

MAX_ADDRESS_CHARACTERS: Final = 254
"""Longest e-mail address (RFC 5321)."""

KEPT_UNFINISHED_MS: Final = 24 * 3_600_000
"""How long a request nobody finished is kept: as long as its Idempotency-Key."""

SETTLED_AT_ONCE: Final = 200
"""Open enrolments and openings the standing job takes up in one round."""

SETTLE_SECONDS: Final = 5.0
"""Pause between two rounds that settle what is open."""

COMPARE_SECONDS: Final = 60.0
"""Pause between two comparisons of all books, which walk the whole statement of the core."""

CLEAN_SECONDS: Final = 300.0
"""Pause between two rounds that remove what is past."""
