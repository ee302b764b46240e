"""Runs migrations against the database the caller names."""

from __future__ import annotations

from alembic import context

from payport.database.migrations import run_migrations
from payport.gateway import deposited_codes, kept_orders, outbox, receipt_links
from payport.gateway.access import tables
from payport.gateway.database import METADATA, VERSION_TABLE
from payport.gateway.webhooks import tables as webhooks

OWN = (deposited_codes.DEPOSITS, outbox.ITEMS, tables.STAFF, kept_orders.ORDERS, receipt_links.LINKS, webhooks.WEBHOOKS)
assert {table.name for table in OWN} <= set(METADATA.tables), "every module of tables is imported"
run_migrations(context.config.attributes, METADATA, VERSION_TABLE)
