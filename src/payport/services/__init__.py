"""Work beside the ledger: an institution's customers, cards, aliases, and the desk that answers for it."""
