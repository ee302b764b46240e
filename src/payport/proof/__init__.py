"""Proof without trust: receipts and everything that verifies them, in pure Python and the standard library only."""
