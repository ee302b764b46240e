"""Verbs about the members of the network."""
