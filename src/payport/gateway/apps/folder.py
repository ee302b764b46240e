"""A built app as the port serves it: every file of its folder, read once at the start and within limits.

What is not in this index is not served, so no path that is asked for ever reaches the file system. A file may lie there
in compressed form beside itself (``index.js.br``, ``index.js.gz``); where it does not, it is compressed here by gzip.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import payport
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Iterator

APP_UNUSABLE: Final = RefusalCode(
    "app_unusable",
    RefusalClass.LIMIT,
    "The folder of the app has no index.html, or holds more than the port serves.",
    "应用目录中没有 index.html，或其内容超出接口可提供的上限。",
)
"""The port does not start: an app is served whole or not at all."""

REFUSALS: Final = (APP_UNUSABLE,)
"""Refusals of this module."""

MAX_FILES: Final = 1_000
"""Files of an app; one of this kind has a few dozen."""

MAX_FILE_BYTES: Final = 8 * 1024 * 1024
"""Bytes of one file: several times the largest there is, a scanner in WebAssembly."""

MAX_APP_BYTES: Final = 32 * 1024 * 1024
"""Bytes of an app with its compressed forms: each worker holds them."""

START: Final = "index.html"
"""The page an app begins with."""

MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".m4a": "audio/mp4",
    ".map": "application/json",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".wav": "audio/wav",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
"""What files are, by how their names end: no browser guesses, and no system is asked."""

OTHER_MEDIA_TYPE: Final = "application/octet-stream"
"""What every other file is."""

ENCODINGS: Final = {"br": ".br", "gzip": ".gz"}
"""Compressed forms by what HTTP calls them, the smallest first, and how their files end."""

_COMPRESSIBLE: Final = frozenset(
    {".css", ".html", ".ico", ".js", ".json", ".map", ".svg", ".txt", ".wasm", ".webmanifest"}
)
_GZIP_LEVEL: Final = 9
_HASHED: Final = re.compile(r"assets/.+-[\w-]{8}\.\w+", re.ASCII)
_ETAG_CHARACTERS: Final = 32


class Form(NamedTuple):
    """One form of a file."""

    encoding: str
    """How it is compressed, as HTTP calls it; nothing for the file as it is."""
    body: bytes
    """Its bytes."""
    etag: str
    """Changes with every byte and differs between the forms."""


class AppFile(NamedTuple):
    """A file of an app."""

    media_type: str
    """What it is."""
    never_changes: bool
    """Whether its name tells its content, so that another content will have another name."""
    forms: tuple[Form, ...]
    """Its forms, the smallest first; the last one is the file as it is."""


def find_app(name: str, apps: Path | None) -> Path | None:
    """Return the folder of a built app, ``None`` where there is none.

    ``apps`` holds a folder for each app. Without it an app is looked for in the source tree this program runs from,
    where it was built last, and then in what is installed.
    """
    package = Path(payport.__file__).parent
    own = (package.parents[1] / "apps" / name / "dist", package / "_apps" / name)
    return next((each for each in (own if apps is None else (apps / name,)) if (each / START).is_file()), None)


def read_app(folder: Path) -> dict[str, AppFile]:
    """Return the files of a built app by their path in ``folder``; raises ``app_unusable`` or ``OSError``."""
    found: dict[str, bytes] = {}
    size = 0
    for file in _files(folder):
        # One byte more than may be, so that a file that grew since it was listed is noticed.
        with file.open("rb") as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
        size += len(content)
        if len(content) > MAX_FILE_BYTES or size > MAX_APP_BYTES or len(found) == MAX_FILES:
            APP_UNUSABLE.refuse(f"{file}: at most {MAX_FILES} files of {MAX_FILE_BYTES} bytes, {MAX_APP_BYTES} in all")
        found[file.relative_to(folder).as_posix()] = content
    if START not in found:
        APP_UNUSABLE.refuse(f"{folder}: no {START}")
    return {path: _app_file(path, found) for path in found if not _is_form_of_another(path, found)}


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files of an app in a fixed order; hidden ones are for the tools that made it."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not path.is_symlink() and not hidden:
            yield path


def _is_form_of_another(path: str, files: dict[str, bytes]) -> bool:
    return any(path.endswith(ending) and path.removesuffix(ending) in files for ending in ENCODINGS.values())


def _app_file(path: str, files: dict[str, bytes]) -> AppFile:
    plain = files[path]
    ending = Path(path).suffix
    compressed = {name: files[path + end] for name, end in ENCODINGS.items() if path + end in files}
    if "gzip" not in compressed and ending in _COMPRESSIBLE:
        compressed["gzip"] = gzip.compress(plain, _GZIP_LEVEL, mtime=0)
    bodies = {name: compressed[name] for name in ENCODINGS if len(compressed.get(name, plain)) < len(plain)}
    forms = tuple(Form(name, body, _etag(name, body)) for name, body in {**bodies, "": plain}.items())
    return AppFile(MEDIA_TYPES.get(ending, OTHER_MEDIA_TYPE), bool(_HASHED.fullmatch(path)), forms)


def _etag(encoding: str, body: bytes) -> str:
    digest = hashlib.sha256(body).hexdigest()[:_ETAG_CHARACTERS]
    return f'"{digest}{"-" if encoding else ""}{encoding}"'
