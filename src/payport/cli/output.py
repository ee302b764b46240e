"""How commands speak: exit statuses, one JSON object on standard output, everything else on standard error."""

from __future__ import annotations

import json
import sys
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

OK: Final = 0
"""The command did what was asked."""

REFUSED: Final = 1
"""It was refused, or something given to it is invalid."""

USAGE: Final = 2
"""The command line itself was wrong."""

progress_console: Final = Console(stderr=True)
"""Where progress and explanations go."""

result_console: Final = Console()
"""Where tables for people go."""


def print_json(value: dict[str, Any]) -> None:
    """Write the command's one object to standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def progress_bar() -> Progress:
    """Return a progress bar on standard error; it stays silent where that is no terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=progress_console,
        disable=not progress_console.is_terminal,
    )
