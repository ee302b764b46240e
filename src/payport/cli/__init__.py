"""The `payport` command: one file per command."""
