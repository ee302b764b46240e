"""Run one step of a build and say how long it took: ``step.py NAME [--needs PROBE] -- COMMAND [ARGUMENT ...]``.

Where the command ``PROBE`` fails, an optional tool is missing: the step is skipped with one line, and fails under
``CI=true``, where nothing may be left out.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time


def _is_there(probe: str) -> bool:
    try:
        return subprocess.run(shlex.split(probe), check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def main() -> int:
    """Run the command; its exit status is this program's."""
    head, separator, command = _split(sys.argv[1:])
    if separator != "--" or not command or len(head) not in {1, 3} or (len(head) == 3 and head[1] != "--needs"):  # noqa: PLR2004 - the two forms
        sys.stderr.write("usage: step.py NAME [--needs PROBE] -- COMMAND [ARGUMENT ...]\n")
        return 2
    name = head[0]
    if len(head) > 1 and not _is_there(head[2]):
        required = os.environ.get("CI") == "true"
        sys.stderr.write(f"-> {name}: {'failed' if required else 'skipped'}, because `{head[2]}` does not run here\n")
        return 1 if required else 0
    sys.stderr.write(f"-> {name}\n")
    started = time.monotonic()
    status = subprocess.run(command, check=False).returncode
    verdict = "done" if status == 0 else f"failed with status {status}"
    sys.stderr.write(f"   {name}: {verdict} in {time.monotonic() - started:.1f} s\n")
    return status


def _split(arguments: list[str]) -> tuple[list[str], str, list[str]]:
    if "--" not in arguments:
        return arguments, "", []
    at = arguments.index("--")
    return arguments[:at], "--", arguments[at + 1 :]


if __name__ == "__main__":
    sys.exit(main())
