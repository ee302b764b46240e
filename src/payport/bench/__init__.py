"""Measurements: how fast the network is, measured the way it runs."""
