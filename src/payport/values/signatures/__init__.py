"""Signature schemes, one file each: every scheme reduces a signature to one primitive check that a backend verifies."""
