"""Alias answers: one way to write each, and a digest per alias."""

from __future__ import annotations

import pytest

from payport.values import aliases, codec
from payport.values.aliases import AliasAnswer, SignedAliasAnswer
from payport.values.envelopes import Signature
from payport.values.refusals import Refusal

ANSWER = AliasAnswer("demo-0011223344556677", aliases.alias_digest("+99912345678"), b"a" * 16, "east", "*梅", 1, 2)
BODY = codec.encode(ANSWER)
FIRST, SECOND = (Signature("ed25519", bytes([number]) * 32, bytes(64)) for number in (1, 2))


def test_reads_what_was_written() -> None:
    data = codec.encode(SignedAliasAnswer(BODY, (FIRST, SECOND)))
    assert aliases.read_signed(data) == (SignedAliasAnswer(BODY, (FIRST, SECOND)), ANSWER)


@pytest.mark.parametrize(
    "data",
    [
        codec.encode(SignedAliasAnswer(BODY, ())),
        codec.encode(SignedAliasAnswer(BODY, (SECOND, FIRST))),
        codec.encode(SignedAliasAnswer(BODY, (FIRST, FIRST))),
        codec.encode(SignedAliasAnswer(BODY + b"\xc0", (FIRST,))),
        codec.encode(SignedAliasAnswer(BODY, (FIRST,)))[:-1],
        bytes(aliases.MAX_SIGNED_ANSWER_BYTES + 1),
        b"",
    ],
)
def test_refuses_every_other_form(data: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        aliases.read_signed(data)
    assert caught.value.code == "malformed_bytes"


def test_digests_differ() -> None:
    assert len({aliases.alias_digest(each) for each in ("+99912345678", "+99912345679", "a@b.cd")}) == 3
