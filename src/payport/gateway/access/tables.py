"""Tables of who may call.

Nothing here names a person but a member of staff's display name; no secret is kept, only digests of secrets and public
keys.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, String, Table, Text, UniqueConstraint

from payport.gateway.database import METADATA, NUMBER
from payport.services.once import idempotency_table

CUSTOMERS: Final = Table(
    "customers",
    METADATA,
    Column("id", LargeBinary(16), primary_key=True),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("erased_at_ms", BigInteger),
)
"""One row a cardholder who signed up; what is personal is in the institution's database, under the same id."""

STAFF: Final = Table(
    "staff",
    METADATA,
    Column("id", LargeBinary(16), primary_key=True),
    Column("institution", String(16), nullable=False, index=True),
    Column("name", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("removed_at_ms", BigInteger),
)
"""One row a member of staff."""

INVITATIONS: Final = Table(
    "staff_invitations",
    METADATA,
    Column("code_digest", LargeBinary(32), primary_key=True),
    Column("staff", LargeBinary(16), ForeignKey("staff.id"), nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Column("used_at_ms", BigInteger),
)
"""One row an invitation to register a first passkey; it works once."""

CREDENTIALS: Final = Table(
    "credentials",
    METADATA,
    Column("id", LargeBinary(16), primary_key=True),
    Column("subject_kind", String(8), nullable=False),
    Column("subject", LargeBinary(16), nullable=False),
    Column("scheme", String(16), nullable=False),
    Column("passkey", LargeBinary),
    Column("public_key", LargeBinary, nullable=False),
    Column("label", String(64), nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("revoked_at_ms", BigInteger),
    UniqueConstraint("public_key", name="credentials_one_owner"),
    UniqueConstraint("passkey", name="credentials_one_passkey"),
    Index("credentials_of_subject", "subject_kind", "subject"),
)
"""One row a key that signs somebody in: a device's Ed25519 key, or a passkey with the id its authenticator gave it and
its public key in COSE form. ``subject_kind`` is ``customer`` or ``staff``."""

SESSIONS: Final = Table(
    "sessions",
    METADATA,
    Column("token_digest", LargeBinary(32), primary_key=True),
    Column("credential", LargeBinary(16), ForeignKey("credentials.id"), nullable=False, index=True),
    Column("challenge", LargeBinary(32), nullable=False, unique=True),
    Column("expires_at_ms", BigInteger, nullable=False, index=True),
    Column("ended_at_ms", BigInteger),
)
"""One row a session. A challenge opens one session; the row outlives the challenge."""

LINKS: Final = Table(
    "customer_accounts",
    METADATA,
    Column("customer", LargeBinary(16), ForeignKey("customers.id"), primary_key=True),
    Column("account", LargeBinary(16), primary_key=True),
    Column("institution", String(16), nullable=False),
    Column("linked_at_ms", BigInteger, nullable=False),
)
"""One row an account whose holder a customer has shown to be; it lets him read the account, and nothing more."""

DIRECTORY: Final = Table(
    "alias_directory",
    METADATA,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("institution", String(16), nullable=False),
    Column("changed_at_ms", BigInteger, nullable=False),
)
"""One row an alias, as a keyed digest, and the institution that answers for it."""

API_KEYS: Final = Table(
    "api_keys",
    METADATA,
    Column("id", LargeBinary(16), primary_key=True),
    Column("institution", String(16), nullable=False, index=True),
    Column("label", String(64), nullable=False),
    Column("secret_digest", LargeBinary(32), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("accounts", Text, nullable=False),
    Column("created_by", LargeBinary(16), nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Column("revoked_at_ms", BigInteger),
)
"""One row an API key; scopes and accounts are JSON lists."""

AUDIT: Final = Table(
    "audit_log",
    METADATA,
    Column("number", NUMBER, primary_key=True),
    Column("institution", String(16), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("actor", String(48), nullable=False),
    Column("action", String(160), nullable=False),
    Column("target", String(400), nullable=False),
    Column("allowed", String(8), nullable=False),
    Column("previous", LargeBinary(32), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    UniqueConstraint("institution", "sequence", name="audit_log_without_gaps"),
)
"""One row a thing a member of staff did or was denied. Each institution's rows are numbered from 1 without gaps, and
each row's digest covers its own columns and the digest before it; triggers refuse to change or remove a row."""

AUDIT_HEADS: Final = Table(
    "audit_heads",
    METADATA,
    Column("institution", String(16), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
)
"""One row an institution: the end of its log. Updating it is what puts writers in a line."""

IDEMPOTENCY: Final = idempotency_table(METADATA)
"""Requests that may be sent again, with their sealed answers."""

RATES: Final = Table(
    "rates",
    METADATA,
    Column("subject", String(80), primary_key=True),
    Column("window", BigInteger, primary_key=True, autoincrement=False),
    Column("until_ms", BigInteger, nullable=False, index=True),
    Column("used", BigInteger, nullable=False),
)
"""How much of a rate every worker together has taken in a window of time."""
