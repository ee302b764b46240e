from __future__ import annotations

import pytest

from payport.bench import codes
from payport.qr import reading


def test_figures_are_of_the_payloads_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "REPEATS", 2)
    texts = list(codes.payloads().items())
    done: list[int] = []
    figures = codes.run(texts, done.append)
    assert done == list(range(1, len(texts) + 1))
    assert list(figures["microseconds"]) == [name for name, _ in texts]
    assert figures["slowest_microseconds"] == figures["microseconds"][figures["slowest"]]
    assert figures["ratio"] == pytest.approx(
        figures["cut_and_checksum_microseconds"] / figures["microseconds_per_payload"], abs=0.01
    )


def test_the_built_in_mix_has_valid_and_invalid_codes_of_each_kind() -> None:
    found = [reading.decode(text) for text in codes.payloads().values()]
    assert {each.kind for each in found} >= {"mpm", "unknown"}
    assert {each.valid for each in found} == {True, False}
