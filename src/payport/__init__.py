"""Payport: a mobile payment network that a scheme operator and its member banks run together."""
