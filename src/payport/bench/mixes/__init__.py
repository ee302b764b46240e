"""What `payport bench ledger --mix` can measure, one file per domain of verbs."""
