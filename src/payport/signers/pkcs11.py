"""Signing with an Ed25519 key that never leaves a hardware module, over PKCS#11 (OASIS, version 3.0: ``CKM_EDDSA``).

A module is loaded once into a process and used by one thread at a time. A token that went away and came back is found
only once the module has been started anew, which ends every session of every signer of that module: each notices by
the count of starts and logs in again.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from typing import TYPE_CHECKING, Any, Final

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, TokenFlag
from pkcs11.types import SignMixin

from payport import _native
from payport.signers.refusals import (
    AMBIGUOUS_SIGNER,
    MALFORMED_SIGNER,
    PIN_EXPOSED,
    PIN_LOCKED,
    PIN_MISSING,
    PIN_WRONG,
    SIGNER_MODULE_MISSING,
    SIGNER_UNAVAILABLE,
    SIGNING_KEY_EXISTS,
    SIGNING_KEY_NOT_ED25519,
    SIGNING_KEY_NOT_FOUND,
    TOKEN_NOT_FOUND,
)
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from payport.signers.address import KeyAddress

RECONNECT_SECONDS: Final = 2.0
"""How long after a failed login nothing else is tried: each try starts the module anew for all its signers."""

CURVE_NAME: Final = b"\x13\x0cedwards25519"
"""``CKA_EC_PARAMS`` of new keys: a PrintableString, which PKCS#11 3.0 and later understand."""

CURVES: Final = frozenset({CURVE_NAME, bytes.fromhex("06032b6570"), bytes.fromhex("06092b06010401da470f01")})
"""What tells Ed25519 among Edwards curves: the name, the object identifier of RFC 8410, the one of PKCS#11 3.0."""

PROBE: Final = b"payport signer probe"
"""Signed once where a key is opened. Begins with no tag of ``values/hashing.py``, so it means nothing elsewhere."""

_SAME_AFTER_A_START: Final = (PIN_LOCKED, PIN_MISSING, PIN_EXPOSED, PIN_WRONG, SIGNER_MODULE_MISSING)
_ID_BYTES: Final = 16
_POINT_BYTES: Final = 32
_OCTET_STRING: Final = b"\x04\x20"


class _Module:
    """One module of this process."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self.lock: Final = threading.RLock()
        """Held during every call: the module was told of no other threads."""
        self.starts = 0
        """How often it was started anew; sessions of an earlier start are gone."""

    def library(self) -> Any:  # noqa: ANN401 - the class is private to the binding
        """Load and start it, where that has not been done; raises ``signer_module_missing``."""
        try:
            return pkcs11.lib(self._path)
        except pkcs11.PKCS11Error as error:
            if "while loading" in str(error):
                SIGNER_MODULE_MISSING.refuse(self._path)
            raise

    def restart(self) -> None:
        """End every session, and see the tokens there are now."""
        self.starts += 1
        with contextlib.suppress(pkcs11.PKCS11Error):
            self.library().finalize()
        self.library()


_modules: dict[Path, _Module] = {}
_modules_lock: Final = threading.Lock()


def _module(path: Path) -> _Module:
    with _modules_lock:
        return _modules.setdefault(path, _Module(path))


class Pkcs11Signer:
    """Signs with a key in a token; :class:`payport.consensus.contract.Signer` says what is promised.

    Any thread may sign; calls wait for each other and for the module.
    """

    def __init__(self, address: KeyAddress, clock: Callable[[], float] = time.monotonic) -> None:
        """Log in and sign once, to see that the key does; ``clock`` counts seconds.

        Raises every refusal of :mod:`payport.signers.refusals` that concerns a token.
        """
        self._address = address
        self._clock = clock
        self._module = _module(address.module)
        self._key: SignMixin | None = None
        self._public_key = b""
        self._start = -1
        self._refused_pin: str | None = None
        self._wait_until = -1.0
        self._trouble = ""
        with self._module.lock, _told():
            self._connect_or_restart()

    @property
    def public_key(self) -> bytes:
        """The public key, 32 bytes."""
        return self._public_key

    def sign(self, data: bytes) -> bytes:
        """Return the signature over ``data``; raises ``signer_unavailable``, whatever the reason."""
        with self._module.lock:
            if self._key is not None and self._start == self._module.starts:
                with contextlib.suppress(pkcs11.PKCS11Error):
                    return self._signed(self._key, data)
            self._key = None
            if self._clock() < self._wait_until:
                SIGNER_UNAVAILABLE.refuse(self._trouble)
            try:
                with _told():
                    return self._signed(self._connect_or_restart(), data)
            except Refusal as refusal:
                self._key = None
                self._wait_until = self._clock() + RECONNECT_SECONDS
                self._trouble = refusal.detail if refusal.reason is SIGNER_UNAVAILABLE else refusal.code
            return SIGNER_UNAVAILABLE.refuse(self._trouble)

    def _signed(self, key: SignMixin, data: bytes) -> bytes:
        signature: bytes = key.sign(data, mechanism=Mechanism.EDDSA)
        if not _native.verify_ed25519_one(self._public_key, data, signature):
            # A faulty signature may give the key away; it leaves neither this process nor its log.
            SIGNER_UNAVAILABLE.refuse("the signature does not verify")
        return signature

    def _connect_or_restart(self) -> SignMixin:
        try:
            return self._connect()
        except pkcs11.PKCS11Error:
            pass
        except Refusal as refusal:
            if refusal.reason in _SAME_AFTER_A_START:
                raise
        self._module.restart()
        return self._connect()

    def _connect(self) -> SignMixin:
        """Log in, find the key, and see that it is the one it was."""
        token = _find_token(self._module.library(), self._address)
        key, public_key = _find_key(self._log_in(token), self._address)
        if self._public_key not in (b"", public_key):
            SIGNING_KEY_NOT_FOUND.refuse("another key has its place")
        if not _native.verify_ed25519_one(public_key, PROBE, key.sign(PROBE, mechanism=Mechanism.EDDSA)):
            SIGNING_KEY_NOT_ED25519.refuse("its signature does not verify")
        self._key, self._public_key, self._start = key, public_key, self._module.starts
        return key

    def _log_in(self, token: pkcs11.Token) -> pkcs11.Session:
        _refuse_locked(token)
        pin = self._address.pin.read()
        if pin == self._refused_pin:
            PIN_WRONG.refuse("not tried again")
        try:
            return _log_in(token, pin)
        except Refusal as refusal:
            if refusal.reason is PIN_WRONG:
                self._refused_pin = pin
            raise


def make_key(address: KeyAddress) -> bytes:
    """Draw a key inside a token, which will not let it out, and return its public key, 32 bytes.

    The address needs a label; raises ``malformed_signer`` without one, ``signing_key_exists``, and what opening a
    signer may.
    """
    if address.label is None:
        MALFORMED_SIGNER.refuse("object")
    module = _module(address.module)
    with module.lock, _told():
        token = _find_token(module.library(), address)
        _refuse_locked(token)
        session = _log_in(token, address.pin.read(), rw=True)
        for name, value in ((Attribute.LABEL, address.label), (Attribute.ID, address.id)):
            if value is not None and any(True for _ in session.get_objects({name: value})):
                SIGNING_KEY_EXISTS.refuse()
        curve = session.create_domain_parameters(KeyType.EC_EDWARDS, {Attribute.EC_PARAMS: CURVE_NAME}, local=True)
        public, _ = curve.generate_keypair(
            id=address.id or os.urandom(_ID_BYTES),
            label=address.label,
            store=True,
            mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
            private_template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
        )
        return _point(public)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Turn what a module answers into a refusal."""
    try:
        yield
    except pkcs11.PKCS11Error as error:
        SIGNER_UNAVAILABLE.refuse(type(error).__name__)


def _find_token(library: Any, address: KeyAddress) -> pkcs11.Token:  # noqa: ANN401 - the class is private to the binding
    found: list[pkcs11.Token] = [
        token
        for token in library.get_tokens(token_label=address.token, token_serial=address.serial)
        if address.manufacturer in (None, token.manufacturer_id) and address.model in (None, token.model)
    ]
    if not found:
        TOKEN_NOT_FOUND.refuse(address.token or "")
    if len(found) > 1:
        AMBIGUOUS_SIGNER.refuse(f"{len(found)} tokens")
    return found[0]


def _refuse_locked(token: pkcs11.Token) -> None:
    if token.flags & TokenFlag.USER_PIN_LOCKED:
        PIN_LOCKED.refuse()
    if token.flags & TokenFlag.USER_PIN_FINAL_TRY:
        PIN_LOCKED.refuse("one try is left")


def _log_in(token: pkcs11.Token, pin: str, *, rw: bool = False) -> pkcs11.Session:
    try:
        return token.open(rw=rw, user_pin=pin)
    except pkcs11.UserAlreadyLoggedIn:
        # A login is the whole process's: another signer of this token has made it.
        return token.open(rw=rw)
    except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange):
        PIN_WRONG.refuse()
    except (pkcs11.PinLocked, pkcs11.PinExpired) as error:
        PIN_LOCKED.refuse("expired" if isinstance(error, pkcs11.PinExpired) else "")


def _find_key(session: pkcs11.Session, address: KeyAddress) -> tuple[SignMixin, bytes]:
    """Return the private part and the public key."""
    named: dict[Attribute, Any] = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}
    named |= {} if address.label is None else {Attribute.LABEL: address.label}
    named |= {} if address.id is None else {Attribute.ID: address.id}
    found = list(session.get_objects(named))
    if not found:
        SIGNING_KEY_NOT_FOUND.refuse(address.label or "")
    if len(found) > 1:
        AMBIGUOUS_SIGNER.refuse(f"{len(found)} keys")
    (private,) = found
    assert isinstance(private, pkcs11.PrivateKey), "the class was asked for"
    if private.key_type is not KeyType.EC_EDWARDS or not isinstance(private, SignMixin):
        SIGNING_KEY_NOT_ED25519.refuse(f"{private.key_type.name} key")
    partner = {Attribute.ID: private.id} if private.id else {Attribute.LABEL: private.label}
    public = list(session.get_objects({Attribute.CLASS: ObjectClass.PUBLIC_KEY, **partner}))
    if len(public) != 1:
        (AMBIGUOUS_SIGNER if public else SIGNING_KEY_NOT_FOUND).refuse(f"{len(public)} public keys belong to it")
    return private, _point(public[0])


def _point(public: pkcs11.Object) -> bytes:
    """Return the 32 bytes of a public key; modules give them with or without the DER of an octet string."""
    if public[Attribute.EC_PARAMS] not in CURVES:
        SIGNING_KEY_NOT_ED25519.refuse("another curve")
    point: bytes = public[Attribute.EC_POINT]
    if len(point) == _POINT_BYTES + len(_OCTET_STRING):
        point = point.removeprefix(_OCTET_STRING)
    if len(point) != _POINT_BYTES:
        SIGNING_KEY_NOT_ED25519.refuse(f"a point of {len(point)} bytes")
    return point
