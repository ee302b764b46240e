"""Add cards, and links of their own between customers and accounts of the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _number() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables; a customer there was keeps his account, whose random id becomes his reference."""
    op.create_table(
        "core_links",
        sa.Column("account", sa.LargeBinary(16), primary_key=True),
        sa.Column("customer", _number(), sa.ForeignKey("core_customers.id"), nullable=False),
    )
    op.create_index("ix_core_links_customer", "core_links", ["customer"])
    op.create_table(
        "core_cards",
        sa.Column("number", sa.String(19), primary_key=True),
        sa.Column("customer", _number(), sa.ForeignKey("core_customers.id"), nullable=False),
        sa.Column("phone", sa.String(16), nullable=False),
    )
    op.create_index("ix_core_cards_customer", "core_cards", ["customer"])
    op.execute("INSERT INTO core_links (account, customer) SELECT account, id FROM core_customers")
    with op.batch_alter_table("core_customers") as batch:
        batch.add_column(sa.Column("reference", sa.LargeBinary(16)))
    op.execute("UPDATE core_customers SET reference = account")
    with op.batch_alter_table("core_customers") as batch:
        batch.drop_column("account")
        batch.alter_column("reference", existing_type=sa.LargeBinary(16), nullable=False)
        batch.create_unique_constraint("core_customers_reference", ["reference"])


def downgrade() -> None:
    """Remove them; a customer keeps his first account, and one without an account is called by his reference."""
    with op.batch_alter_table("core_customers") as batch:
        batch.add_column(sa.Column("account", sa.LargeBinary(16)))
    op.execute(
        "UPDATE core_customers SET account = coalesce("
        "(SELECT l.account FROM core_links l WHERE l.customer = core_customers.id ORDER BY l.account LIMIT 1), "
        "reference)"
    )
    with op.batch_alter_table("core_customers") as batch:
        batch.drop_constraint("core_customers_reference", type_="unique")
        batch.drop_column("reference")
        batch.alter_column("account", existing_type=sa.LargeBinary(16), nullable=False)
        batch.create_unique_constraint("core_customers_account_key", ["account"])
    op.drop_table("core_cards")
    op.drop_table("core_links")
