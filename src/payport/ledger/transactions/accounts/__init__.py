"""Verbs about accounts and their keys."""
