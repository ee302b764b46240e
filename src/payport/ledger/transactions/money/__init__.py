"""Verbs by which an obligor's money comes into being and leaves."""
