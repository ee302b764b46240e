"""Tables of an institution's journal. No names: accounts are pseudonyms here as on the ledger."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, LargeBinary, MetaData, String, Table

VERSION_TABLE: Final = "journal_version"
"""Where the number of the layout is kept."""

METADATA: Final = MetaData()
"""Every table of the journal."""

PROGRESS: Final = Table(
    "journal_progress",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("institution", String(16), nullable=False),
    Column("chain_id", String(48), nullable=False),
    Column("height", BigInteger, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="journal_progress_one"),
)
"""One row: whose journal it is, and up to which verified block it has read."""

FUNDINGS: Final = Table(
    "journal_fundings",
    METADATA,
    Column("payment_id", LargeBinary(32), primary_key=True),
    Column("account", LargeBinary(16), nullable=False),
    Column("asset", String(29), nullable=False),
    Column("payment_minor", BigInteger, nullable=False),
    Column("funded_minor", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("valid_until_ms", BigInteger, nullable=False),
    Column("state", String(9), nullable=False),
    Column("issue_id", LargeBinary(32), unique=True),
    Column("issue_until_ms", BigInteger),
    Column("group_bytes", LargeBinary),
    Column("code", String(41), nullable=False),
    Column("trouble", String(41), nullable=False),
    Column("begun_ms", BigInteger, nullable=False),
    CheckConstraint("funded_minor > 0 AND funded_minor <= payment_minor", name="journal_fundings_amount"),
    CheckConstraint(
        "(issue_id IS NULL) = (group_bytes IS NULL) AND (issue_id IS NULL) = (issue_until_ms IS NULL)",
        name="journal_fundings_group",
    ),
    CheckConstraint(
        "state NOT IN ('submitted', 'committed', 'confirmed') OR issue_id IS NOT NULL", name="journal_fundings_bytes"
    ),
    Index("journal_fundings_of_account", "account", "asset", "state"),
    Index("journal_fundings_open", "state", "begun_ms"),
)
"""One row a payment that the core is asked to fund, with everything it takes to finish it."""

REDEMPTIONS: Final = Table(
    "journal_redemptions",
    METADATA,
    Column("redeem_id", LargeBinary(32), primary_key=True),
    Column("account", LargeBinary(16), nullable=False),
    Column("asset", String(29), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("envelope", LargeBinary),
    Column("valid_until_ms", BigInteger, nullable=False),
    Column("state", String(9), nullable=False),
    Column("code", String(41), nullable=False),
    Column("trouble", String(41), nullable=False),
    Column("begun_ms", BigInteger, nullable=False),
    Index("journal_redemptions_open", "state", "begun_ms"),
)
"""One row a redemption; without envelope where it came to the ledger by another way and was found in a block."""

LEDGER_LINES: Final = Table(
    "journal_ledger_lines",
    METADATA,
    Column("transaction_id", LargeBinary(32), primary_key=True),
    Column("kind", String(6), nullable=False),
    Column("account", LargeBinary(16)),
    Column("asset", String(29)),
    Column("amount_minor", BigInteger, nullable=False),
    Column("height", BigInteger, nullable=False),
    Index("journal_ledger_lines_in_order", "height"),
)
"""One row for each thing the ledger did to the institution's supply, as verified blocks say; the ledger's side of the
books. ``voided`` names a transaction of the institution that can never execute."""
