"""Migrations of the port's own database, run by Alembic."""
