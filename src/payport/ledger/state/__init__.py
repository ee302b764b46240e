"""What the ledger remembers: one record family per file, with its only writers."""
