"""The encrypted key file: one account's secrets behind a passphrase.

JSON: ``format`` (``payport-key/1``), ``chain_id``, ``account``, ``public_key``, ``kdf`` (scrypt with ``n``, ``r``,
``p`` and ``salt``), ``cipher`` (``chacha20-poly1305`` with ``nonce``) and ``sealed``: seed and view key. What can be
read is authenticated with what cannot, so no member can be exchanged. The file is readable by its owner alone.
"""

from __future__ import annotations

import json
import os
import re
import stat
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from payport.signers.key_files import KEY_FILE_EXISTS, KEY_FILE_EXPOSED
from payport.values.refusals import RefusalClass, RefusalCode
from payport.wallet.keys import SEED_BYTES, SigningKey
from payport.wallet.own_account import OwnAccount

if TYPE_CHECKING:
    from pathlib import Path

FORMAT: Final = "payport-key/1"
"""Value of ``format``."""

SCRYPT_N: Final = 2**17
"""Cost of the passphrase: 128 MiB and about half a second, OWASP's recommendation with r = 8 and p = 1."""

MAX_SCRYPT_N: Final = 2**20
"""Largest cost that is read, so that a file from elsewhere cannot take all memory."""

MAX_FILE_BYTES: Final = 4_096
"""A key file has about 600."""

MIN_PASSPHRASE_CHARACTERS: Final = 8
"""Shorter ones are refused when a file is written."""

MALFORMED_KEY_FILE: Final = RefusalCode(
    "malformed_key_file", RefusalClass.MALFORMED, "This is no key file of a known format.", "密钥文件格式不正确。"
)
"""It cannot be read, whatever the passphrase."""

WRONG_PASSPHRASE: Final = RefusalCode(
    "wrong_passphrase",
    RefusalClass.UNAUTHORISED,
    "The passphrase is wrong, or the key file was changed.",
    "口令错误，或密钥文件已被改动。",
)
"""Which of the two cannot be told."""

WEAK_PASSPHRASE: Final = RefusalCode(
    "weak_passphrase",
    RefusalClass.MALFORMED,
    f"A passphrase has at least {MIN_PASSPHRASE_CHARACTERS} characters.",
    f"口令至少需要{MIN_PASSPHRASE_CHARACTERS}个字符。",
)
"""Raised before anything is written."""

REFUSALS: Final = (MALFORMED_KEY_FILE, KEY_FILE_EXPOSED, WRONG_PASSPHRASE, WEAK_PASSPHRASE, KEY_FILE_EXISTS)
"""Refusals of this module."""

_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_VIEW_KEY_BYTES: Final = 32
_KEY_BYTES: Final = 32

Hex16 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
Hex = Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{2}){1,128}$")]


class _Kdf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    n: Annotated[int, msgspec.Meta(ge=2**14, le=MAX_SCRYPT_N)]
    r: Annotated[int, msgspec.Meta(ge=8, le=16)]
    p: Annotated[int, msgspec.Meta(ge=1, le=4)]
    salt: Hex16


class _Cipher(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    nonce: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{24}$")]


class _KeyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    chain_id: Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9-]{0,30}-[0-9a-f]{16}$")]
    account: Hex16
    public_key: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    kdf: _Kdf
    cipher: _Cipher
    sealed: Hex


def _authenticated(document: _KeyFile) -> bytes:
    """Return everything but the sealed bytes, in one unambiguous form."""
    members: dict[str, Any] = msgspec.to_builtins(document)
    del members["sealed"]
    return json.dumps(members, sort_keys=True, separators=(",", ":")).encode()


def _cipher(passphrase: str, kdf: _Kdf) -> ChaCha20Poly1305:
    derived = Scrypt(salt=bytes.fromhex(kdf.salt), length=_KEY_BYTES, n=kdf.n, r=kdf.r, p=kdf.p)
    return ChaCha20Poly1305(derived.derive(passphrase.encode()))


def save(path: Path, own: OwnAccount, passphrase: str, scrypt_n: int = SCRYPT_N) -> None:
    """Write a new key file, durably; raises ``weak_passphrase`` or ``key_file_exists``."""
    if len(passphrase) < MIN_PASSPHRASE_CHARACTERS:
        WEAK_PASSPHRASE.refuse()
    document = _KeyFile(
        format=FORMAT,
        chain_id=own.chain_id,
        account=own.account.hex(),
        public_key=own.key.public_key.hex(),
        kdf=_Kdf("scrypt", scrypt_n, 8, 1, os.urandom(_SALT_BYTES).hex()),
        cipher=_Cipher("chacha20-poly1305", os.urandom(_NONCE_BYTES).hex()),
        sealed="00",
    )
    secrets = own.key.reveal_seed() + own.reveal_view_key()
    nonce = bytes.fromhex(document.cipher.nonce)
    sealed = _cipher(passphrase, document.kdf).encrypt(nonce, secrets, _authenticated(document))
    document = msgspec.structs.replace(document, sealed=sealed.hex())
    data = msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        KEY_FILE_EXISTS.refuse(str(path))
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def load(path: Path, passphrase: str) -> OwnAccount:
    """Read a key file; raises ``malformed_key_file``, ``key_file_exposed`` or ``wrong_passphrase``."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            KEY_FILE_EXPOSED.refuse(str(path))
        data = file.read(MAX_FILE_BYTES + 1)
    document = _read(data)
    nonce = bytes.fromhex(document.cipher.nonce)
    try:
        opened = _cipher(passphrase, document.kdf).decrypt(
            nonce, bytes.fromhex(document.sealed), _authenticated(document)
        )
    except InvalidTag:
        WRONG_PASSPHRASE.refuse()
    if len(opened) != SEED_BYTES + _VIEW_KEY_BYTES:
        MALFORMED_KEY_FILE.refuse()
    key = SigningKey(opened[:SEED_BYTES])
    if key.public_key.hex() != document.public_key:
        MALFORMED_KEY_FILE.refuse("the public key is not that of the seed")
    return OwnAccount(document.chain_id, bytes.fromhex(document.account), opened[SEED_BYTES:], key)


def _read(data: bytes) -> _KeyFile:
    if len(data) > MAX_FILE_BYTES:
        MALFORMED_KEY_FILE.refuse(f"more than {MAX_FILE_BYTES} bytes")
    try:
        document = msgspec.json.decode(data, type=_KeyFile)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        MALFORMED_KEY_FILE.refuse()
    known = (document.format, document.kdf.name, document.cipher.name) == (FORMAT, "scrypt", "chacha20-poly1305")
    if not known or not re.fullmatch("(10*)", f"{document.kdf.n:b}"):
        MALFORMED_KEY_FILE.refuse("unknown format, key derivation or cipher")
    return document
