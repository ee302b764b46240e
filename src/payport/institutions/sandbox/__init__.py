"""A bank's core system in SQL: real double entry, shipped with the product."""
