"""Add requests, one-time codes, openings, enrolments, cards and aliases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _number() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables of an institution's own database."""
    _make_what_all_use()
    _make_cards()
    _make_aliases()


def _make_what_all_use() -> None:
    op.create_table(
        "services_keys",
        sa.Column("scope", sa.String(96), primary_key=True),
        sa.Column("key", sa.String(128), primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary(32), nullable=False),
        sa.Column("answer", sa.LargeBinary),
        sa.Column("kept_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("services_keys_of_scope", "services_keys", ["scope", "kept_at_ms"])
    op.create_index("services_keys_old", "services_keys", ["kept_at_ms"])
    op.create_table(
        "services_inbox",
        sa.Column("id", _number(), primary_key=True),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("sent_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("services_inbox_of_address", "services_inbox", ["address", "id"])
    op.create_table(
        "services_attempts",
        sa.Column("subject", sa.LargeBinary(32), primary_key=True),
        sa.Column("hour", sa.BigInteger, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
    )
    op.create_table(
        "services_codes",
        sa.Column("id", sa.LargeBinary(16), primary_key=True),
        sa.Column("digest", sa.LargeBinary(32)),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger, nullable=False),
        sa.Column("verified_at_ms", sa.BigInteger),
        sa.Column("sent_at_ms", sa.BigInteger),
        sa.CheckConstraint("tries >= 0", name="services_codes_tries"),
    )
    op.create_index("services_codes_old", "services_codes", ["expires_at_ms"])


def _make_cards() -> None:
    op.create_table(
        "services_openings",
        sa.Column("account", sa.LargeBinary(16), primary_key=True),
        sa.Column("category", sa.String(4), nullable=False),
        sa.Column("public_key", sa.LargeBinary(65), nullable=False),
        sa.Column("view_key", sa.LargeBinary(32), nullable=False),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(9), nullable=False),
        sa.Column("code", sa.String(41), nullable=False),
        sa.Column("begun_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("services_openings_open", "services_openings", ["state", "begun_at_ms"])
    op.create_table(
        "services_enrolments",
        sa.Column("id", sa.LargeBinary(16), sa.ForeignKey("services_codes.id"), primary_key=True),
        sa.Column("card_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("customer", sa.LargeBinary(16), nullable=False),
        sa.Column("masked_number", sa.String(32), nullable=False),
        sa.Column("masked_name", sa.String(256), nullable=False),
        sa.Column("account", sa.LargeBinary(16), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("code", sa.String(41), nullable=False),
        sa.Column("started_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("services_enrolments_open", "services_enrolments", ["state", "started_at_ms"])
    op.create_table(
        "services_cards",
        sa.Column("card_digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("customer", sa.LargeBinary(16), nullable=False),
        sa.Column("masked_number", sa.String(32), nullable=False),
        sa.Column("masked_name", sa.String(256), nullable=False),
        sa.Column("account", sa.LargeBinary(16), nullable=False, unique=True),
        sa.Column("public_key", sa.LargeBinary(65), nullable=False),
        sa.Column("bound_at_ms", sa.BigInteger),
    )


def _make_aliases() -> None:
    op.create_table(
        "services_aliases",
        sa.Column("alias", sa.String(254), primary_key=True),
        sa.Column("customer", sa.LargeBinary(16), nullable=False),
        sa.Column("account", sa.LargeBinary(16), nullable=False),
        sa.Column("masked_name", sa.String(256), nullable=False),
        sa.Column("verified_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("services_aliases_of_customer", "services_aliases", ["customer"])
    op.create_table(
        "services_alias_requests",
        sa.Column("id", sa.LargeBinary(16), sa.ForeignKey("services_codes.id"), primary_key=True),
        sa.Column("alias", sa.String(254), nullable=False),
        sa.Column("account", sa.LargeBinary(16), nullable=False),
        sa.Column("started_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("services_alias_requests_old", "services_alias_requests", ["started_at_ms"])


def downgrade() -> None:
    """Remove them."""
    for table in ("alias_requests", "aliases", "cards", "enrolments", "openings", "codes", "attempts", "inbox", "keys"):
        op.drop_table(f"services_{table}")
