"""The institution's own books between its core and the ledger: what it set out to do, and what the ledger says."""
