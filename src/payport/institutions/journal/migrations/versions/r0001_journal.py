"""Add progress, fundings, redemptions and ledger lines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of the journal."""
    _make_fundings()
    _make_redemptions()
    _make_ledger_side()


def _make_fundings() -> None:
    op.create_table(
        "journal_fundings",
        sa.Column("payment_id", sa.LargeBinary(32), primary_key=True),
        sa.Column("account", sa.LargeBinary(16), nullable=False),
        sa.Column("asset", sa.String(29), nullable=False),
        sa.Column("payment_minor", sa.BigInteger, nullable=False),
        sa.Column("funded_minor", sa.BigInteger, nullable=False),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
        sa.Column("valid_until_ms", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(9), nullable=False),
        sa.Column("issue_id", sa.LargeBinary(32), unique=True),
        sa.Column("issue_until_ms", sa.BigInteger),
        sa.Column("group_bytes", sa.LargeBinary),
        sa.Column("code", sa.String(41), nullable=False),
        sa.Column("trouble", sa.String(41), nullable=False),
        sa.Column("begun_ms", sa.BigInteger, nullable=False),
        sa.CheckConstraint("funded_minor > 0 AND funded_minor <= payment_minor", name="journal_fundings_amount"),
        sa.CheckConstraint(
            "(issue_id IS NULL) = (group_bytes IS NULL) AND (issue_id IS NULL) = (issue_until_ms IS NULL)",
            name="journal_fundings_group",
        ),
        sa.CheckConstraint(
            "state NOT IN ('submitted', 'committed', 'confirmed') OR issue_id IS NOT NULL",
            name="journal_fundings_bytes",
        ),
    )
    op.create_index("journal_fundings_of_account", "journal_fundings", ["account", "asset", "state"])
    op.create_index("journal_fundings_open", "journal_fundings", ["state", "begun_ms"])


def _make_redemptions() -> None:
    op.create_table(
        "journal_redemptions",
        sa.Column("redeem_id", sa.LargeBinary(32), primary_key=True),
        sa.Column("account", sa.LargeBinary(16), nullable=False),
        sa.Column("asset", sa.String(29), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("envelope", sa.LargeBinary),
        sa.Column("valid_until_ms", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(9), nullable=False),
        sa.Column("code", sa.String(41), nullable=False),
        sa.Column("trouble", sa.String(41), nullable=False),
        sa.Column("begun_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("journal_redemptions_open", "journal_redemptions", ["state", "begun_ms"])


def _make_ledger_side() -> None:
    op.create_table(
        "journal_progress",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("institution", sa.String(16), nullable=False),
        sa.Column("chain_id", sa.String(48), nullable=False),
        sa.Column("height", sa.BigInteger, nullable=False),
        sa.Column("time_ms", sa.BigInteger, nullable=False),
        sa.CheckConstraint("id = 1", name="journal_progress_one"),
    )
    op.create_table(
        "journal_ledger_lines",
        sa.Column("transaction_id", sa.LargeBinary(32), primary_key=True),
        sa.Column("kind", sa.String(6), nullable=False),
        sa.Column("account", sa.LargeBinary(16)),
        sa.Column("asset", sa.String(29)),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("height", sa.BigInteger, nullable=False),
    )
    op.create_index("journal_ledger_lines_in_order", "journal_ledger_lines", ["height"])


def downgrade() -> None:
    """Remove them."""
    for table in ("journal_ledger_lines", "journal_redemptions", "journal_fundings", "journal_progress"):
        op.drop_table(table)
