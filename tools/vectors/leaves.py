"""Receipt leaves, and the salts that keep others from guessing a balance."""

from __future__ import annotations

from tools.vector_form import code_of

from payport.ledger import examples
from payport.proof import leaves
from payport.proof.leaves import BalanceLeaf, OutcomeLeaf

ABOUT = "salt = HMAC-SHA256(view key, tag (view) || transaction id); amounts and sums are decimal strings."

_ID = bytes(range(32))
_VIEW_KEYS = (b"v" * 32, bytes(32), bytes(range(32, 64)))


def make() -> dict[str, object]:
    """Return the vectors."""
    outcomes = [
        OutcomeLeaf(_ID, "committed", b"\x05" * 32, ((examples.public_key(1), "session"),)),
        OutcomeLeaf(_ID, "group_refused", b"\x05" * 32, tuple((examples.public_key(n), "") for n in (2, 3))),
    ]
    balances = [
        BalanceLeaf(examples.ALICE, "CNY", 1, _ID, -12_850, 87_150, 0, leaves.salt(_VIEW_KEYS[0], _ID)),
        BalanceLeaf(examples.MARKET, "CNY", 2**32, _ID, 12_773, 2**53 - 1, 77, leaves.salt(_VIEW_KEYS[1], _ID)),
        BalanceLeaf(examples.BOB, "acme:POINTS", 2, _ID, -(2**62), -(2**63), -5, leaves.salt(_VIEW_KEYS[2], _ID)),
    ]
    encoded = leaves.encode_balance(balances[0])
    return {
        "salts": [
            {"view_key": key.hex(), "transaction_id": _ID.hex(), "salt": leaves.salt(key, _ID).hex()}
            for key in _VIEW_KEYS
        ],
        "outcomes": [_outcome(leaf) for leaf in outcomes],
        "balances": [_balance(leaf) for leaf in balances],
        "refused": [
            {"name": "another kind of leaf", "balance": data.hex(), "code": code_of(leaves.decode_balance, data)}
            for data in (leaves.encode_outcome(outcomes[0]), encoded.replace(b"balance/1", b"balance/2"))
        ],
    }


def _outcome(leaf: OutcomeLeaf) -> dict[str, object]:
    return {
        "transaction_id": leaf.transaction_id.hex(),
        "outcome": leaf.outcome,
        "signatures_hash": leaf.signatures_hash.hex(),
        "signers": [{"public_key": key.hex(), "role": role} for key, role in leaf.signers],
        "leaf": leaves.encode_outcome(leaf).hex(),
    }


def _balance(leaf: BalanceLeaf) -> dict[str, object]:
    return {
        "account": leaf.account.hex(),
        "asset": leaf.asset,
        "entry": leaf.entry,
        "transaction_id": leaf.transaction_id.hex(),
        "delta_minor": str(leaf.delta_minor),
        "balance_minor": str(leaf.balance_minor),
        "fee_minor": str(leaf.fee_minor),
        "salt": leaf.salt.hex(),
        "leaf": leaves.encode_balance(leaf).hex(),
    }
