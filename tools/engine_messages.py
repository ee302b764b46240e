"""Makes the Python module of the messages spoken with CometBFT from their description."""

from __future__ import annotations

import tempfile
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from grpc_tools import protoc

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCES = Path(__file__).resolve().parent.parent / "src"
MESSAGES = Path("payport/consensus/cometbft/messages.proto")
MADE = ("messages_pb2.py", "messages_pb2.pyi")


@cache
def _compiled() -> dict[str, str]:
    """Return what the compiler writes, by file name."""
    with tempfile.TemporaryDirectory() as folder:
        written = [f"--{kind}_out={folder}" for kind in ("python", "pyi")]
        options = [f"-I{SOURCES}", f"-I{files('grpc_tools') / '_proto'}", *written]
        assert protoc.main(["protoc", *options, str(SOURCES / MESSAGES)]) == 0, "the description does not compile"
        return {name: (Path(folder) / MESSAGES.parent / name).read_text(encoding="utf-8") for name in MADE}


def engine_messages() -> dict[str, Callable[[], str]]:
    """Return how each made file is made."""
    return {f"src/{MESSAGES.parent}/{name}": lambda name=name: _compiled()[name] for name in MADE}  # type: ignore[misc]
