"""What the network needs of a bank's core system, and what a bank runs between its core and the ledger."""
