"""Tables of webhooks. Secrets are sealed, because they must sign; what was answered to a delivery is not kept."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from payport.gateway.database import METADATA, NUMBER

MAX_URL_CHARACTERS: Final = 1_000
"""Longest address: room for a token in its query, and short enough for every log."""

WEBHOOKS: Final = Table(
    "webhooks",
    METADATA,
    Column("id", LargeBinary(16), primary_key=True),
    Column("institution", String(16), nullable=False, index=True),
    Column("label", String(64), nullable=False),
    Column("url", String(MAX_URL_CHARACTERS), nullable=False),
    Column("types", Text, nullable=False),
    Column("accounts", Text, nullable=False),
    Column("api_key", LargeBinary(16)),
    Column("created_by", LargeBinary(16), nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("previous_secret", LargeBinary),
    Column("previous_until_ms", BigInteger),
    Column("cursor", BigInteger, nullable=False),
    Column("disabled_reason", String(16)),
    Column("disabled_at_ms", BigInteger),
    Column("failing_since_ms", BigInteger),
    Column("unreachable", Integer, nullable=False),
    Column("paused_until_ms", BigInteger, nullable=False),
)
"""One row an endpoint. ``types`` and ``accounts`` are JSON lists; no accounts means all of the institution's.
``api_key`` is the key on whose authority it lives, or nothing where staff answers for it. ``cursor`` is the number of
the last transaction, in the order of the ledger, of which its deliveries are kept."""

DELIVERIES: Final = Table(
    "webhook_deliveries",
    METADATA,
    Column("number", NUMBER, primary_key=True),
    Column("id", LargeBinary(16), nullable=False, unique=True),
    Column("webhook", LargeBinary(16), ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    Column("type", String(32), nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("state", String(10), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_at_ms", BigInteger, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False, index=True),
    Column("ended_at_ms", BigInteger),
    Index("webhook_deliveries_due", "webhook", "state", "due_at_ms", "number"),
    Index("webhook_deliveries_listed", "webhook", "number"),
)
"""One row an event for one endpoint. ``tries`` counts the attempts of this round; who asks for a redelivery begins a
new round. While an attempt is under way, ``due_at_ms`` is the time after which it is taken for lost."""

ATTEMPTS: Final = Table(
    "webhook_attempts",
    METADATA,
    Column("number", NUMBER, primary_key=True),
    Column(
        "delivery",
        LargeBinary(16),
        ForeignKey("webhook_deliveries.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("begun_at_ms", BigInteger, nullable=False),
    Column("status", Integer),
    Column("failure", String(24)),
    Column("took_ms", Integer, nullable=False),
)
"""One row an attempt: the status that was answered, or why there was no answer."""

LEASES: Final = Table(
    "webhook_leases",
    METADATA,
    Column("name", String(16), primary_key=True),
    Column("holder", LargeBinary(16), nullable=False),
    Column("until_ms", BigInteger, nullable=False),
)
"""One row: which worker of the port sends, and until when unless it says so again."""
