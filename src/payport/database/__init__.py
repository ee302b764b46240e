"""Databases by URL: SQLite in a file or PostgreSQL, how they are opened, what they refuse, how they are migrated."""
