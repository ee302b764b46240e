"""Verbs about transactions themselves."""
