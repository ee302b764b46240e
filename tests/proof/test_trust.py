import json
from typing import Any

import pytest

from payport.proof.trust import MAX_TRUST_BYTES, decode_trust, encode_trust
from payport.values.refusals import Refusal
from tests.proof.build import TRUST


def changed(**changes: Any) -> bytes:
    return json.dumps(json.loads(encode_trust(TRUST)) | changes).encode()


def test_it_decodes_to_what_was_encoded() -> None:
    assert decode_trust(encode_trust(TRUST)) == TRUST


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[" * 100_000,
        b"[]",
        b" " * (MAX_TRUST_BYTES + 1),
        changed(format="payport-trust/2"),
        changed(more=1),
        changed(chain_id="testnet-0000000000000000"),
        changed(chain_id="testnet"),
        changed(chain_id=None),
        changed(genesis_hash=TRUST.genesis_hash.hex().upper()),
        changed(genesis_hash=1),
        changed(embedded_keys="00"),
        changed(embedded_keys=[1]),
        changed(embedded_keys=["00"]),
        changed(webauthn=None),
        changed(webauthn={"rp_ids": []}),
        changed(webauthn={"rp_ids": [1], "origins": []}),
        changed(webauthn={"rp_ids": [], "origins": ["\ud800"]}),
        changed(webauthn={"rp_ids": ['a"b'], "origins": []}),
        encode_trust(TRUST).replace(b'"format":', b'"format": "payport-trust/1", "format":'),
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(Refusal, match="malformed_trust"):
        decode_trust(data)
