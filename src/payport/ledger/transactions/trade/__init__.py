"""Verbs by which assets are registered and change hands against each other."""
