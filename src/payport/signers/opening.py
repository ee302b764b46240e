"""Opening a key by its text: a ``pkcs11:`` address, or the path of a key file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from payport.signers.address import SCHEME, read_address
from payport.signers.key_files import FileSigner, draw_seed, read_seed
from payport.signers.refusals import SIGNER_MODULE_MISSING

if TYPE_CHECKING:
    from payport.consensus.contract import Signer

HERE: Final = Path()
"""The working directory."""


def open_signer(text: str, folder: Path = HERE) -> Signer:
    """Return what signs with the key of this name; the path of a file begins at ``folder``.

    Raises refusals of :mod:`payport.signers.key_files` and :mod:`payport.signers.refusals`, and ``OSError`` where a
    key file cannot be read.
    """
    if not is_in_token(text):
        return FileSigner(read_seed(folder / text))
    address = read_address(text)
    signer: Signer = _binding().Pkcs11Signer(address)
    return signer


def make_key(text: str, folder: Path = HERE) -> bytes:
    """Draw a new key of this name and return its public key, 32 bytes.

    Raises ``key_file_exists`` or ``signing_key_exists``, and what opening a signer raises.
    """
    if not is_in_token(text):
        return FileSigner(draw_seed(folder / text)).public_key
    address = read_address(text)
    public_key: bytes = _binding().make_key(address)
    return public_key


def is_in_token(text: str) -> bool:
    """Tell whether a text names a key in a hardware module."""
    return text[: len(SCHEME)].lower() == SCHEME


def _binding() -> Any:  # noqa: ANN401 - a module
    """Return what speaks PKCS#11, which the extra ``hsm`` brings; raises ``signer_module_missing``."""
    try:
        from payport.signers import pkcs11  # noqa: PLC0415 - most installations have no hardware module
    except ImportError:
        SIGNER_MODULE_MISSING.refuse("install payport[hsm]")
    return pkcs11
