"""Add the directory of aliases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "alias_directory",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("institution", sa.String(16), nullable=False),
        sa.Column("changed_at_ms", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("alias_directory")
