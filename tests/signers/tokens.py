"""Tokens for tests: SoftHSM in a folder of the test run's own; nothing of the machine's own tokens is read or written.

Ask for the fixture ``tokens``. Tests of this process reach SoftHSM through a module that can be made to fail, and
through nothing else: a process has room for one SoftHSM.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

INSTALL: Final = "SoftHSM is not installed: apt-get install -y softhsm2"
MODULES: Final = ("/usr/lib/softhsm", "/usr/lib/*/softhsm", "/usr/lib64", "/usr/lib64/pkcs11", "/usr/local/lib/softhsm")
PIN: Final = "a pin: 7391"
SO_PIN: Final = "officer 82640"


def softhsm() -> Path:
    """Return the module of SoftHSM; the test is skipped where there is none, and fails where none may be left out."""
    found = [path for place in MODULES for path in sorted(Path("/").glob(f"{place[1:]}/libsofthsm2.so"))]
    if not found or shutil.which("softhsm2-util") is None:
        if os.environ.get("CI") == "true":
            pytest.fail(INSTALL, pytrace=False)
        pytest.skip(INSTALL)
    return found[0]


class Faults:
    """What a module does wrong on purpose; names are those of the standard."""

    PLACES: Final = {"C_GetTokenInfo": 6, "C_OpenSession": 12, "C_Login": 18, "C_Sign": 43}

    def __init__(self, path: Path) -> None:
        library = ctypes.CDLL(str(path))
        self._answers = (ctypes.c_ulong * 68).in_dll(library, "fault_answers")
        self._times = (ctypes.c_int * 68).in_dll(library, "fault_times")
        self._calls = (ctypes.c_int * 68).in_dll(library, "fault_calls")
        self._flags = ctypes.c_ulong.in_dll(library, "fault_flags")
        self._spoiled = ctypes.c_int.in_dll(library, "fault_spoiled")

    def answer(self, function: str, code: int, times: int) -> None:
        """Answer the next calls of a function with a code; -1 times is until told otherwise."""
        self._answers[self.PLACES[function]] = code
        self._times[self.PLACES[function]] = times

    def calls(self, function: str) -> int:
        return self._calls[self.PLACES[function]]

    def flag(self, flags: int) -> None:
        """Add flags to every token's."""
        self._flags.value = flags

    def spoil(self, signatures: int) -> None:
        self._spoiled.value = signatures

    def none(self) -> None:
        for place in self.PLACES.values():
            self._times[place] = 0
        self._flags.value = self._spoiled.value = 0


class Tokens:
    """Makes tokens, and names keys in them."""

    def __init__(self, folder: Path) -> None:
        self.softhsm = softhsm()
        self.folder = folder
        self.store = folder / "tokens"
        self.store.mkdir()
        self.configuration = folder / "softhsm2.conf"
        settings = f"directories.tokendir = {self.store}\nobjectstore.backend = file\nlog.level = ERROR\n"
        self.configuration.write_text(settings, encoding="utf-8")
        self.pin_file = self.write_pin("pin", PIN)
        self._made = 0
        self.module = self._build()
        self.faults = Faults(self.module)

    def _build(self) -> Path:
        """Build the module in front of SoftHSM."""
        if shutil.which("cc") is None:
            pytest.skip("there is no C compiler (cc) to build the tests' module with")
        built, source = self.folder / "faulty.so", Path(__file__).with_name("faulty_module.c")
        real = f'-DREAL_MODULE="{self.softhsm}"'
        subprocess.run(["cc", "-shared", "-fPIC", "-Wall", "-Werror", real, "-o", built, source, "-ldl"], check=True)
        return built

    def write_pin(self, name: str, pin: str) -> Path:
        path = self.folder / name
        path.touch(0o600)
        path.write_text(f"{pin}\n", encoding="utf-8")
        return path

    def make(self, label: str | None = None) -> str:
        """Make a token and return its label."""
        self._made += 1
        label = label or f"token {self._made}"
        self._say("--init-token", "--free", "--label", label, "--so-pin", SO_PIN, "--pin", PIN)
        return label

    def change_pin(self, label: str, pin: str) -> None:
        """Change a token's PIN, as its security officer does."""
        self._say("--init-pin", "--token", label, "--so-pin", SO_PIN, "--pin", pin)

    def _say(self, *arguments: str) -> None:
        command = ["softhsm2-util", "--module", str(self.softhsm), *arguments]
        finished = subprocess.run(command, capture_output=True, text=True, check=False)
        assert finished.returncode == 0, finished.stderr

    def address(
        self, token: str, key: str, *, module: Path | None = None, pin: str | None = None, more: str = ""
    ) -> str:
        """Return the address of a key; ``more`` is added to what names it."""
        source = pin or f"file:{self.pin_file}"
        named = f"token={token.replace(' ', '%20')};object={key}{more}"
        return f"pkcs11:{named}?module-path={module or self.module}&pin-source={source}"


class Seconds:
    """A clock that stands still until told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now
