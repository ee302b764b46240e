"""The tables of the index. They hold nothing that is not in the blocks, so a new layout means building them again."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table

SCHEMA: Final = 1
"""Number of this layout; an index of another one is refused, and built again by whoever keeps it."""

METADATA: Final = MetaData()
"""Every table of the index."""

PROGRESS: Final = Table(
    "progress",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("schema", Integer, nullable=False),
    Column("chain_id", String(48), nullable=False),
    Column("height", BigInteger, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("log_peaks", LargeBinary, nullable=False),
    Column("next_sequence", BigInteger, nullable=False),
)
"""One row: how far the index reaches, and the log of commitments up to there."""

BLOCKS: Final = Table(
    "blocks",
    METADATA,
    Column("height", BigInteger, primary_key=True, autoincrement=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("commitment", LargeBinary, nullable=False),
    Column("log_leaf", LargeBinary, nullable=False),
    Column("transactions", Integer, nullable=False),
)
"""One row a block; height 0 has its leaf in the log and nothing else."""

TRANSACTIONS: Final = Table(
    "transactions",
    METADATA,
    Column("sequence", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("id", LargeBinary(32), nullable=False),
    Column("height", BigInteger, nullable=False),
    Column("leaf_index", Integer, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("sender", LargeBinary(16), nullable=False),
    Column("outcome", String(41), nullable=False),
    Column("asset", String(29)),
    Column("amount_minor", BigInteger),
    Column("valid_until_ms", BigInteger, nullable=False),
    Column("group_hash", LargeBinary(32)),
    Index("transactions_by_id", "id"),
)
"""One row a transaction that its sender authorised, numbered in the order of the ledger from 1."""

PARTIES: Final = Table(
    "parties",
    METADATA,
    Column("account", LargeBinary(16), primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("place", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Which accounts a transaction concerns; ``place`` 0 is the account that acts or is acted on first."""

ENTRIES: Final = Table(
    "entries",
    METADATA,
    Column("account", LargeBinary(16), primary_key=True),
    Column("asset", String(29), primary_key=True),
    Column("entry", BigInteger, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("delta_minor", BigInteger, nullable=False),
    Column("balance_minor", BigInteger, nullable=False),
    Column("fee_minor", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""One row a balance leaf."""

ACCOUNT_KEYS: Final = Table(
    "account_keys",
    METADATA,
    Column("account", LargeBinary(16), primary_key=True),
    Column("public_key", LargeBinary(65), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Every key that was ever an account's, and the transaction that last changed it."""
