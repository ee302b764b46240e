"""Seeded workloads and faults, and scenarios; the demo is one of them."""
