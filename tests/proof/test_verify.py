from collections.abc import Callable

import pytest

from payport.proof import merkle, messagepack
from payport.proof.receipt import Anchor, Finality, ProvenLeaf, Receipt, encode_receipt
from payport.proof.verify import verify_receipt
from payport.values.hashing import Tag, tagged_hash
from payport.values.refusals import Refusal
from tests.proof import build
from tests.proof.build import TRUST, Built, built, receipt_of


def code_of(receipt: Receipt | bytes) -> str:
    with pytest.raises(Refusal) as refused:
        verify_receipt(receipt if isinstance(receipt, bytes) else encode_receipt(receipt), TRUST)
    return refused.value.code


def test_a_receipt_proves_what_happened() -> None:
    parts = built()
    verdict = verify_receipt(encode_receipt(receipt_of(parts)), TRUST)
    assert (verdict.chain_id, verdict.height, verdict.proven_at_height) == (build.CHAIN_ID, 5, 5)
    assert (verdict.kind, verdict.outcome, verdict.withheld) == ("transfer/1", "committed", False)
    assert verdict.transaction_id == parts.outcome.transaction_id
    assert verdict.signers == parts.outcome.signers
    assert [balance.delta_minor for balance in verdict.balances] == [-1250, 1245]
    assert (verdict.finality_tag, verdict.binds_en) == ("embedded/1", "binds the operator only")


def test_a_later_commitment_proves_an_earlier_block() -> None:
    verdict = verify_receipt(encode_receipt(receipt_of(built(), anchored=True)), TRUST)
    assert (verdict.height, verdict.proven_at_height) == (5, 9)


def test_a_withheld_transaction_is_proven_by_its_leaf() -> None:
    verdict = verify_receipt(encode_receipt(receipt_of(built(), withheld=True)), TRUST)
    assert verdict.withheld
    assert verdict.kind is None
    assert verdict.outcome == "committed"


def test_a_refusal_is_proven_too() -> None:
    parts = built(outcome="insufficient_balance")._replace(balances=[])
    assert verify_receipt(encode_receipt(receipt_of(parts)), TRUST).outcome == "insufficient_balance"


@pytest.mark.slow
@pytest.mark.parametrize("flip", [0x01, *(pytest.param(flip, marks=pytest.mark.slow) for flip in (0x02, 0xFF))])
@pytest.mark.parametrize(("anchored", "withheld"), [(False, False), (True, False), (True, True)])
def test_every_flipped_byte_fails(*, flip: int, anchored: bool, withheld: bool) -> None:
    data = encode_receipt(receipt_of(built(), anchored=anchored, withheld=withheld))
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= flip
        with pytest.raises(Refusal):
            verify_receipt(bytes(changed), TRUST)


def test_every_truncation_and_any_extra_byte_fails() -> None:
    data = encode_receipt(receipt_of(built()))
    for length in range(len(data)):
        assert code_of(data[:length]) == "malformed_receipt"
    assert code_of(data + b"\x00") == "malformed_receipt"


def test_another_network_is_refused() -> None:
    other = "testnet-0000000000000000"
    assert code_of(receipt_of(built(build.body(chain_id=other)))) == "wrong_chain"
    receipt = receipt_of(built())
    assert code_of(receipt._replace(commitment=build.commitment(5, [], [], chain_id=other))) == "wrong_chain"
    later = Anchor(build.commitment(9, [], [], chain_id=other), ())
    assert code_of(receipt._replace(anchor=later)) == "wrong_chain"


def test_parts_of_different_transactions_are_refused() -> None:
    parts, other = built(), built(build.body(nonce=b"\x0e" * 16))
    assert code_of(receipt_of(parts)._replace(transaction_id=b"\x00" * 32)) == "transaction_mismatch"
    mixed = receipt_of(parts)._replace(envelope=receipt_of(other).envelope)
    assert code_of(mixed) == "transaction_mismatch"


def changed_hash(parts: Built) -> Built:
    return parts._replace(outcome=parts.outcome._replace(signatures_hash=b"\x00" * 32))


def reversed_signers(parts: Built) -> Built:
    return parts._replace(outcome=parts.outcome._replace(signers=parts.outcome.signers[::-1]))


def missing_signer(parts: Built) -> Built:
    return parts._replace(outcome=parts.outcome._replace(signers=parts.outcome.signers[:1]))


def dropped_signature(parts: Built) -> Built:
    return parts._replace(signatures=parts.signatures[:1])


@pytest.mark.parametrize("change", [changed_hash, reversed_signers, missing_signer, dropped_signature])
def test_other_signatures_than_the_leaf_names_are_refused(change: Callable[[Built], Built]) -> None:
    assert code_of(receipt_of(change(built()))) == "signatures_mismatch"


@pytest.mark.parametrize("at", [0, 1])
def test_a_wrong_signature_is_refused_even_if_the_leaf_names_it(at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = build.signatures(build.body())
    scheme, key, signature = entries[at]
    entries[at] = (scheme, key, signature[:-1] + bytes([signature[-1] ^ 1]))
    monkeypatch.setattr(build, "signatures", lambda _body: entries)
    assert code_of(receipt_of(built())) == "invalid_signature"


def test_an_unknown_scheme_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = ("webauthn", build.passkey_public(), b"\x00" * 64)
    monkeypatch.setattr(build, "signatures", lambda _body: [entry])
    parts = built()
    monkeypatch.setattr(build, "signatures", lambda _body: [("ed25519", entry[1], entry[2])])
    assert code_of(receipt_of(built())) == "invalid_signature"
    entries = [("sm2", entry[1], entry[2])]
    leaf = parts.outcome._replace(
        signatures_hash=tagged_hash(Tag.SIGNATURES, messagepack.encode(entries)),
    )
    assert code_of(receipt_of(parts._replace(signatures=entries, outcome=leaf))) == "unknown_scheme"


@pytest.mark.parametrize(
    "envelope",
    [
        b"\x90",
        messagepack.encode([b"", []]),
        messagepack.encode([build.body(), []]),
        messagepack.encode([messagepack.encode([build.CHAIN_ID] * 7), [("ed25519", b"k" * 32, b"s" * 64)]]),
        messagepack.encode([build.body(), [("ed25519", b"k" * 32, b"s" * 64)] * 2]),
        messagepack.encode([build.body(), [("ed25519", bytes([n]) * 32, b"s" * 64) for n in range(17)]]),
        messagepack.encode([build.body(), [("ed25519", b"k" * 32)]]),
        *(
            messagepack.encode([build.body(**{field: value}), [("ed25519", b"k" * 32, b"s" * 64)]])
            for field, value in [
                ("chain_id", b"c"),
                ("kind", None),
                ("kind", "x\n  outcome: committed"),
                ("kind", "\u202e1/refsnart"),
                ("nonce", b"short"),
                ("valid_from", -1),
                ("valid_until", "late"),
                ("group", b"short"),
                ("attachment", 1),
            ]
        ),
    ],
)
def test_a_malformed_envelope_is_refused(envelope: bytes) -> None:
    assert code_of(receipt_of(built())._replace(envelope=envelope)) == "malformed_receipt"


def test_group_and_attachment_may_be_present() -> None:
    receipt = receipt_of(built(build.body(group=b"g" * 32, attachment=b"digest")))
    assert verify_receipt(encode_receipt(receipt), TRUST).outcome == "committed"


def test_a_balance_of_another_transaction_is_refused() -> None:
    parts = built()
    strange = parts._replace(balances=[parts.balances[0]._replace(transaction_id=b"\x00" * 32)])
    assert code_of(receipt_of(strange)) == "balance_of_other_transaction"
    assert code_of(receipt_of(built(outcome="limit_reached"))) == "balance_of_other_transaction"


def test_leaves_must_be_distinct_and_in_order() -> None:
    receipt = receipt_of(built())
    first, second = receipt.balances
    for balances in [(first, first), (second, first), (first._replace(leaf_index=2),)]:
        assert code_of(receipt._replace(balances=balances)) == "leaves_out_of_order"


def test_a_leaf_outside_the_block_is_refused() -> None:
    receipt = receipt_of(built())
    leaf, index, path = receipt.outcome
    for outcome in [
        ProvenLeaf(leaf, index, path[:-1]),
        ProvenLeaf(leaf, index, (*path, path[0])),
        ProvenLeaf(leaf, index, path[::-1]),
        ProvenLeaf(leaf, 1, path),
    ]:
        assert code_of(receipt._replace(outcome=outcome)) == "leaf_not_in_block"
    assert code_of(receipt._replace(outcome=ProvenLeaf(leaf, 8, path), balances=())) == "leaf_not_in_block"


def test_a_commitment_outside_the_history_is_refused() -> None:
    receipt = receipt_of(built(), anchored=True)
    assert receipt.anchor is not None
    later, path = receipt.anchor
    for anchor in [
        Anchor(later, path[::-1]),
        Anchor(later, path[:-1]),
        Anchor(build.commitment(5, [], []), path),
        Anchor(build.commitment(9, [], [b"x"] * 9), path),
        Anchor(receipt.commitment, ()),
    ]:
        assert code_of(receipt._replace(anchor=anchor)) == "commitment_not_in_history"


def test_the_finality_proof_is_over_the_later_commitment() -> None:
    plain, anchored = receipt_of(built()), receipt_of(built(), anchored=True)
    assert code_of(anchored._replace(finality=plain.finality)) == "finality_invalid"
    assert code_of(plain._replace(finality=anchored.finality)) == "finality_invalid"
    assert code_of(plain._replace(finality=build.finality(plain.commitment, build.OTHER_KEY))) == "untrusted_key"
    assert code_of(plain._replace(finality=Finality("another/1", b""))) == "unknown_finality"


def test_the_size_of_the_tree_is_bound_by_the_commitment() -> None:
    # RFC 6962 roots do not fix the size: leaf 0 has the same path in a tree of 3 and a tree of 4.
    hashes = [merkle.leaf_hash(bytes([number])) for number in range(3)]
    path = merkle.hashed_path(hashes, 0)
    assert merkle.root_from_path(hashes[0], 0, 3, path) == merkle.root_from_path(hashes[0], 0, 4, path)
    block = [b"a", b"b", b"c"]
    assert build.commitment(1, block, []) != build.commitment(1, block, [], leaf_count=4)
