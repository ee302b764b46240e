"""The `payport` command: one file per command, one object on standard output with `--json`, progress on standard error."""
