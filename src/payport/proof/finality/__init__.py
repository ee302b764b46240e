"""Finality proofs, one file per tag: who stands behind a commitment."""
