"""Verbs that move money between accounts."""
