"""What the ledger promises: one law per file, over a block's changes and over a whole state."""
