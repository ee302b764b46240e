"""The tables of the index. They hold nothing that is not in the blocks, so a new layout means building them again."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    column,
)

from payport.values.limits import MAX_ORDER_ID_LENGTH

SCHEMA: Final = 4
"""Number of this layout; an index of another one is refused, and built again by whoever keeps it."""

METADATA: Final = MetaData()
"""Every table of the index."""


def _where_set(name: str, *columns: str) -> Index:
    """Return an index over those rows alone in which its first column is set, which are few."""
    is_set = column(columns[0]).is_not(None)
    return Index(name, *columns, sqlite_where=is_set, postgresql_where=is_set)


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
    Column("first_sequence", BigInteger, nullable=False),
    Index("blocks_by_time", "time_ms"),
)
"""One row a block; height 0 has its leaf in the log and nothing else. ``first_sequence`` is the number of the first
happening in the block or after it, so that a time is found in the order of the ledger."""

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
    Column("reference", LargeBinary(32)),
    Column("order_id", String(MAX_ORDER_ID_LENGTH)),
    Index("transactions_by_id", "id"),
    _where_set("transactions_by_reference", "reference"),
)
"""One row a happening, numbered in the order of the ledger from 1: a transaction that its sender authorised, or the
expiry of a hold or offer, which has the id of what expired. ``reference`` is what it refers to: the sale of a refund,
the hold of a capture or release, the offer of a take or cancellation."""

PARTIES: Final = Table(
    "parties",
    METADATA,
    Column("account", LargeBinary(16), primary_key=True),
    Column("topic", SmallInteger, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("place", SmallInteger, nullable=False),
    Column("counterparty", LargeBinary(16)),
    Column("fee_minor", BigInteger, nullable=False),
    Index("parties_by_sequence", "sequence"),
    sqlite_with_rowid=False,
)
"""Which accounts a happening concerns, by topic (:class:`payport.history.topics.Topic`). ``place`` 0 is the account
that acts or is acted on first; ``counterparty`` is the one at the other end; ``fee_minor`` is what the account's own
balance leaf says, so a merchant's row has it and a payer's has 0. The topic is in the key because the lists of one
topic are asked for most; a list of all topics merges a few short ones. The second index is for whoever follows every
account in the order of the ledger."""

ENTRIES: Final = Table(
    "entries",
    METADATA,
    Column("account", LargeBinary(16), primary_key=True),
    Column("asset", String(29), primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("entry", BigInteger, nullable=False),
    Column("delta_minor", BigInteger, nullable=False),
    Column("balance_minor", BigInteger, nullable=False),
    Column("fee_minor", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""One row a balance leaf. Entries are numbered in the order of the ledger, so the key serves both orders."""

HOLDS: Final = Table(
    "holds",
    METADATA,
    Column("id", LargeBinary(32), primary_key=True),
    Column("payer", LargeBinary(16), nullable=False),
    Column("merchant", LargeBinary(16), nullable=False),
    Column("asset", String(29), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("captured_minor", BigInteger, nullable=False),
    Column("state", String(10), nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Column("order_id", String(MAX_ORDER_ID_LENGTH)),
    Column("sequence", BigInteger, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger),
    Index("holds_by_payer", "payer", "state", "sequence"),
    Index("holds_by_merchant", "merchant", "state", "sequence"),
    sqlite_with_rowid=False,
)
"""One row an authorisation that was committed, and what became of it."""

OFFERS: Final = Table(
    "offers",
    METADATA,
    Column("id", LargeBinary(32), primary_key=True),
    Column("maker", LargeBinary(16), nullable=False),
    Column("give_asset", String(29), nullable=False),
    Column("give_minor", BigInteger, nullable=False),
    Column("want_asset", String(29), nullable=False),
    Column("want_minor", BigInteger, nullable=False),
    Column("remaining_minor", BigInteger, nullable=False),
    Column("taker", LargeBinary(16)),
    Column("state", String(10), nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Column("price", LargeBinary(20), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger),
    Index("offers_by_price", "give_asset", "want_asset", "state", "price", "sequence"),
    Index("offers_by_maker", "maker", "state", "sequence"),
    _where_set("offers_by_taker", "taker", "state", "sequence"),
    sqlite_with_rowid=False,
)
"""One row an offer that was committed, and what is left of it. ``price`` sorts as the exact ratio wanted to given."""

ORDERS_PAID: Final = Table(
    "orders_paid",
    METADATA,
    Column("merchant", LargeBinary(16), primary_key=True),
    Column("order_id", String(MAX_ORDER_ID_LENGTH), primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Which happening paid, or reserved for, a merchant's order. After 30 days the ledger lets a number be used again."""

ACCOUNT_KEYS: Final = Table(
    "account_keys",
    METADATA,
    Column("account", LargeBinary(16), primary_key=True),
    Column("public_key", LargeBinary(65), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Every key that was ever an account's, and the transaction that last changed it."""

VALIDATOR_CHANGES: Final = Table(
    "validator_changes",
    METADATA,
    Column("institution", String(16), primary_key=True),
    Column("from_block", BigInteger, primary_key=True, autoincrement=False),
    Column("value", LargeBinary, nullable=False),
    Column("block", BigInteger, nullable=False),
)
"""One row a decided change of a validator of a consortium: encoded, in force from a block on, decided in another."""

VALIDATOR_SETS: Final = Table(
    "validator_sets",
    METADATA,
    Column("from_height", BigInteger, primary_key=True, autoincrement=False),
    Column("members", LargeBinary, nullable=False),
)
"""One row a validator set after the founders': who votes from a height of the voting engine on."""
