"""Settings of the interpreter for a process that has many payments a second to do."""

from __future__ import annotations

import gc
import sys
from typing import Final

YOUNG_OBJECTS: Final = 100_000
"""Objects made before the collector looks for cycles: some blocks' worth, since payments make none and every look
walks whatever is under way."""

OLDER_GENERATIONS: Final = 50
"""Looks at a generation before the next older one is looked at too."""

SWITCH_SECONDS: Final = 0.001
"""How long a thread that waits for the interpreter lets another go on: verification and syncs end often, and each end
has to be noticed before the next can begin."""


def tune() -> None:
    """Leave the state that has been read alone, collect seldom, and let threads take turns often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, OLDER_GENERATIONS, OLDER_GENERATIONS)
    sys.setswitchinterval(SWITCH_SECONDS)
