"""Run one step of a build and say how long it took: ``step.py NAME -- COMMAND [ARGUMENT ...]``."""

from __future__ import annotations

import subprocess
import sys
import time


def main() -> int:
    """Run the command; its exit status is this program's."""
    name, separator, *command = sys.argv[1:]
    if separator != "--" or not command:
        sys.stderr.write("usage: step.py NAME -- COMMAND [ARGUMENT ...]\n")
        return 2
    sys.stderr.write(f"-> {name}\n")
    started = time.monotonic()
    status = subprocess.run(command, check=False).returncode
    verdict = "done" if status == 0 else f"failed with status {status}"
    sys.stderr.write(f"   {name}: {verdict} in {time.monotonic() - started:.1f} s\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
