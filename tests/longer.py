"""What takes longer than a change waits for: `make test-network` runs it, `make test` leaves it out."""

from __future__ import annotations

import os

import pytest

LONGER = "PAYPORT_FAULT_SECONDS" in os.environ
"""Whether there is the time."""

longer = pytest.mark.skipif(not LONGER, reason="`make test-network` runs it")
"""Marks a test that is left out where there is not."""
