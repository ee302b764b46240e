"""Keys of an account: bind a phone's session key with limits, change the limits, revoke it, veto a recovery."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from payport.ledger.transaction import Role
from payport.wallet import flows
from payport.wallet.own_account import OwnAccount

if TYPE_CHECKING:
    from payport.ledger.state.keys import Limits
    from payport.wallet import records
    from payport.wallet.flows import Flow
    from payport.wallet.keys import SigningKey

SESSION_SECONDS: Final = 30 * 86_400
"""How long a session key signs, unless told otherwise."""


def with_key(own: OwnAccount, key: SigningKey) -> OwnAccount:
    """Return the same account, as the wallet keeps it that signs with ``key``."""
    return OwnAccount(own.chain_id, own.account, own.reveal_view_key(), key)


def bind_session_key(
    own: OwnAccount, key: SigningKey, limits: Limits, seconds: int = SESSION_SECONDS, scope: tuple[str, ...] = ()
) -> Flow[records.Executed]:
    """Let ``key`` sign payments within ``limits``; ``own`` signs with an owner key.

    ``scope`` names the verbs it may sign, ascending; all that session keys may, where it is empty.
    """
    return (
        yield from flows.send(
            own,
            "bind_key/1",
            key=key.prove_possession(own.chain_id, own.account),
            role=Role.SESSION,
            scope=scope,
            limits=limits,
            expires_at_ms=time.time_ns() // 1_000_000 + 1_000 * seconds,
        )
    )


def set_limit(own: OwnAccount, public_key: bytes, limits: Limits) -> Flow[records.Executed]:
    """Set the limits of a key; what is lower acts at once, what is higher after the network's delay."""
    return (yield from flows.send(own, "set_limit/1", public_key=public_key, limits=limits))


def revoke_key(own: OwnAccount, public_key: bytes) -> Flow[records.Executed]:
    """End a key for ever."""
    return (yield from flows.send(own, "revoke_key/1", public_key=public_key))


def veto_recovery(own: OwnAccount, recovery: str) -> Flow[records.Executed]:
    """End a recovery the bank began, as an owner who still has a key; raises ``no_recovery``."""
    return (yield from flows.send(own, "veto_recovery/1", account=own.account, recovery=bytes.fromhex(recovery)))
