"""Deterministic rules: previous state and a block give the next state and receipts."""
