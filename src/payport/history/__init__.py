"""Verified reading of committed blocks into a SQL index that can be thrown away and built again."""
