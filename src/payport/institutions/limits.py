"""Limits of this layer, each with its reason."""

from __future__ import annotations

from typing import Final

FUNDING_VALID_MS: Final = 90_000
"""How long a funding issue can execute: as long as a wallet waits for a payment, so a deposit is not held longer."""

MAX_OPEN_PER_ACCOUNT: Final = 32
"""Fundings of one account that are not settled yet: a phone with a few payments in flight, not a machine."""

BLOCKS_AT_ONCE: Final = 32
"""Blocks fetched and absorbed together; the largest of them fill the memory of a small machine to a tenth."""

MAX_STATEMENT_LINES: Final = 500
"""Lines of one page of a statement."""

SETTLED_AT_ONCE: Final = 200
"""Open fundings or redemptions the standing job takes up in one round of the journal."""

SETTLED_SIDE_BY_SIDE: Final = 16
"""Of them, how many are under way at once."""

MAX_STEPS: Final = 8
"""Steps a funding or redemption may take in one attempt; the longest way has four, so more is a programmer's error."""

MAX_DIFFERENCES: Final = 100
"""Differences a report names; a report with more of them is a broken book, and its totals say so."""

JOB_PAUSE_SECONDS: Final = 5.0
"""Pause between two rounds of the standing job."""
