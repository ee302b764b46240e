"""Tables of an institution's own database: everything personal that is not in its core.

Card numbers are here as keyed digests and in masked form. Erasing a customer's rows erases what links him to the
pseudonyms of the ledger.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

from payport.services.once import idempotency_table

VERSION_TABLE: Final = "services_version"
"""Where the number of the layout is kept."""

METADATA: Final = MetaData()
"""Every table of the institution's database."""

_Number: Final = BigInteger().with_variant(Integer, "sqlite")

KEYS: Final = idempotency_table(METADATA, "services_keys")
"""One row a request that may be sent again; see :mod:`payport.services.once`."""

INBOX: Final = Table(
    "services_inbox",
    METADATA,
    Column("id", _Number, primary_key=True),
    Column("address", String(254), nullable=False),
    Column("text", Text, nullable=False),
    Column("sent_at_ms", BigInteger, nullable=False),
    Index("services_inbox_of_address", "address", "id"),
)
"""One row a message of the sandbox: what a phone or mailbox would have received."""

ATTEMPTS: Final = Table(
    "services_attempts",
    METADATA,
    Column("subject", LargeBinary(32), primary_key=True),
    Column("hour", BigInteger, primary_key=True),
    Column("count", Integer, nullable=False),
)
"""One row an hour and a thing that is limited by the hour; ``subject`` is a keyed digest of it."""

CODES: Final = Table(
    "services_codes",
    METADATA,
    Column("id", LargeBinary(16), primary_key=True),
    Column("digest", LargeBinary(32)),
    Column("tries", Integer, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Column("verified_at_ms", BigInteger),
    Column("sent_at_ms", BigInteger),
    Index("services_codes_old", "expires_at_ms"),
    CheckConstraint("tries >= 0", name="services_codes_tries"),
)
"""One row a one-time code, of which only a keyed digest is kept; without digest until it was drawn."""

OPENINGS: Final = Table(
    "services_openings",
    METADATA,
    Column("account", LargeBinary(16), primary_key=True),
    Column("category", String(4), nullable=False),
    Column("public_key", LargeBinary(65), nullable=False),
    Column("view_key", LargeBinary(32), nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("state", String(9), nullable=False),
    Column("code", String(41), nullable=False),
    Column("begun_at_ms", BigInteger, nullable=False),
    Index("services_openings_open", "state", "begun_at_ms"),
)
"""One row an account the institution opens, with the exact bytes it has signed, on disk before they are sent."""

ENROLMENTS: Final = Table(
    "services_enrolments",
    METADATA,
    Column("id", LargeBinary(16), ForeignKey("services_codes.id"), primary_key=True),
    Column("card_digest", LargeBinary(32), nullable=False),
    Column("customer", LargeBinary(16), nullable=False),
    Column("masked_number", String(32), nullable=False),
    Column("masked_name", String(256), nullable=False),
    Column("account", LargeBinary(16), nullable=False),
    Column("state", String(8), nullable=False),
    Column("code", String(41), nullable=False),
    Column("started_at_ms", BigInteger, nullable=False),
    Index("services_enrolments_open", "state", "started_at_ms"),
)
"""One row an attempt to bind a card, begun with the right card and phone."""

CARDS: Final = Table(
    "services_cards",
    METADATA,
    Column("card_digest", LargeBinary(32), primary_key=True),
    Column("customer", LargeBinary(16), nullable=False),
    Column("masked_number", String(32), nullable=False),
    Column("masked_name", String(256), nullable=False),
    Column("account", LargeBinary(16), nullable=False, unique=True),
    Column("public_key", LargeBinary(65), nullable=False),
    Column("bound_at_ms", BigInteger),
)
"""One row a card that is bound, or is being bound while ``bound_at_ms`` is nil: one binding a card."""

ALIASES: Final = Table(
    "services_aliases",
    METADATA,
    Column("alias", String(254), primary_key=True),
    Column("customer", LargeBinary(16), nullable=False),
    Column("account", LargeBinary(16), nullable=False),
    Column("masked_name", String(256), nullable=False),
    Column("verified_at_ms", BigInteger, nullable=False),
    Index("services_aliases_of_customer", "customer"),
)
"""One row a phone number or e-mail address whose holder has shown that it is his, and the account it stands for."""

ALIAS_REQUESTS: Final = Table(
    "services_alias_requests",
    METADATA,
    Column("id", LargeBinary(16), ForeignKey("services_codes.id"), primary_key=True),
    Column("alias", String(254), nullable=False),
    Column("account", LargeBinary(16), nullable=False),
    Column("started_at_ms", BigInteger, nullable=False),
    Index("services_alias_requests_old", "started_at_ms"),
)
"""One row an attempt to register an alias."""
