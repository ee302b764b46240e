"""Webhooks: addresses that are told, signed, at least once, what happened to the accounts they cover."""
