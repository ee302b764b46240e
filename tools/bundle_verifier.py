"""Build the stand-alone verifier: one file, pure Python, the same bytes from the same sources.

Run as ``python tools/bundle_verifier.py [TARGET]``; the target is ``dist/payport-verify.pyz`` unless given.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).resolve().parent.parent
"""Root of the checkout."""

SOURCES: Final = REPOSITORY / "src"
"""Where packages are."""

TARGET: Final = REPOSITORY / "dist" / "payport-verify.pyz"
"""Where the verifier goes."""

MODULES: Final = (
    "payport/__init__.py",
    "payport/values/__init__.py",
    "payport/values/hashing.py",
    "payport/values/limits.py",
    "payport/values/refusals.py",
    "payport/values/signatures/*.py",
    "payport/proof/**/*.py",
)
"""All the verifier is made of; a test runs it where nothing else can be imported."""

_MAIN: Final = b"""import sys

from payport.proof.command import main

sys.exit(main())
"""

_SHEBANG: Final = b"#!/usr/bin/env python3\n"

_ZIP_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip file can name: times of files would make every build differ."""


def sources() -> list[Path]:
    """Return the bundled files, relative to the sources, in order."""
    return sorted(file.relative_to(SOURCES) for pattern in MODULES for file in SOURCES.glob(pattern))


def bundle(target: Path) -> None:
    """Write the verifier to ``target``."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as stream:
        stream.write(_SHEBANG)
        # Stored, not deflated: compressed bytes depend on the version of zlib.
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
            _add(archive, "__main__.py", _MAIN)
            for source in sources():
                _add(archive, source.as_posix(), (SOURCES / source).read_bytes())
    target.chmod(0o755)


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _ZIP_EPOCH)
    # The system that wrote an entry, and its permissions, would otherwise differ between platforms.
    entry.create_system = 3
    entry.external_attr = 0o100644 << 16
    archive.writestr(entry, content)


def main() -> int:
    """Build to the path given, or to the usual one."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    bundle(target)
    sys.stderr.write(f"{target}: {target.stat().st_size} bytes, {len(sources())} modules\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
