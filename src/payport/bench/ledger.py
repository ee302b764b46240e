"""The ledger measured as the embedded engine runs it: read, verified, executed, durable, laws and proofs on.

What is sent is a mix (``mix.py``), by default transfers across banks signed by session keys with limits. All of it is
signed, and what it needs is on the ledger, beforehand; what is measured begins when the bytes are handed to the engine
and ends when the block they are in has been synced.
"""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from payport import _native
from payport.bench import stages
from payport.bench.author import Author
from payport.bench.bulk_base import fill, genesis
from payport.bench.mix import TRANSFER, Item, mixes
from payport.bench.preparation import prepare
from payport.consensus import interpreter
from payport.consensus.application import Application
from payport.consensus.embedded import EmbeddedEngine
from payport.consensus.intake import BATCH_TRANSACTIONS
from payport.ledger.block import COMMITTED
from payport.ledger.store.block_log import BlockLog
from payport.ledger.store.checkpoint import LmdbCheckpoint
from payport.ledger.store.files import DirectoryFiles
from payport.ledger.store.write_behind import WriteBehind
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Progress = Callable[[str, int, int], None]

CLIENTS: Final = 16
"""Clients that submit at once."""

AT_ONCE: Final = 125
"""Payments each of them submits together; it waits for all before it sends more."""

STAGE_SAMPLE: Final = 10_000
"""Payments of the single-threaded breakdown by stage."""


class Load(NamedTuple):
    """What the loaded engine did."""

    seconds: float
    """From the first submission to the last answer."""
    waits_ms: list[float]
    """For each payment, from submission to its durable answer."""
    blocks: int
    """Blocks made durable."""
    syncs: int
    """Syncs they took."""


class BenchSigner:
    """Signs commitments with a key everybody knows."""

    _SEED: Final = bytes(32)

    @property
    def public_key(self) -> bytes:
        """The public key, 32 bytes."""
        return _native.public_key_ed25519(self._SEED)

    def sign(self, data: bytes) -> bytes:
        """Return the signature over ``data``."""
        return _native.sign_ed25519(self._SEED, data)


class Scale(NamedTuple):
    """How much is on the ledger, and how much is paid."""

    accounts: int
    """Accounts with a session key and money."""
    remembered: int
    """Ids of earlier payments that are still remembered."""
    payments: int
    """Payments to measure."""


def run(scale: Scale, pattern: str, mix: str = TRANSFER, progress: Progress | None = None) -> dict[str, Any]:
    """Measure; ``progress`` is told the step and how much of it is done. Returns the object the command prints."""
    with tempfile.TemporaryDirectory(prefix="payport-bench-") as name:
        directory = Path(name)
        _fill(directory / "data", scale, progress or _ignore)
        return _measure(directory, scale, pattern, mix, progress or _ignore)


def run_all(scale: Scale, pattern: str, progress: Progress | None = None) -> dict[str, Any]:
    """Measure every mix, each on a copy of the same ledger; ``ratio_to_transfer`` is by the transfer of this run."""
    told = progress or _ignore
    figures: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="payport-bench-") as name:
        filled = Path(name) / "filled"
        _fill(filled, scale, told)
        for number, mix in enumerate(mixes()):
            told("mixes", number, len(mixes()))
            directory = Path(name) / mix
            shutil.copytree(filled, directory / "data")
            measured = _measure(directory, scale, pattern, mix, told)
            transfers = figures.get(TRANSFER, measured)["payments_per_second"]
            figures[mix] = {**measured, "ratio_to_transfer": round(measured["payments_per_second"] / transfers, 3)}
            shutil.rmtree(directory)
        told("mixes", len(mixes()), len(mixes()))
    return {"mixes": figures}


def _ignore(step: str, done: int, total: int) -> None:
    del step, done, total


def _fill(data: Path, scale: Scale, progress: Progress) -> None:
    for place in (data / "log", data / "state"):
        place.mkdir(parents=True)
    checkpoint = LmdbCheckpoint(data / "state")
    fill(checkpoint, scale.accounts, scale.remembered, lambda done, total: progress("accounts", done, total))
    checkpoint.close()


def _prepare(data: Path, scale: Scale, pattern: str, mix: str, count: int, progress: Progress) -> list[Item]:
    """Put what the mix needs on the ledger and return ``count`` items of it."""
    application = _open(data)
    signing, preparing = partial(progress, "signing"), partial(progress, "preparing")
    author = Author(application.chain_id, scale.accounts, pattern, signing)
    items = prepare(mixes()[mix](author, count), application, preparing)
    application.close()
    assert len(set(items)) == count, "the mix does not make as many unique items as were asked for"
    return items


def _measure(directory: Path, scale: Scale, pattern: str, mix: str, progress: Progress) -> dict[str, Any]:
    accounts, remembered, payments = scale
    data, restarted = directory / "data", directory / "restarted"
    items = _prepare(data, scale, pattern, mix, payments + min(payments, STAGE_SAMPLE), progress)
    ceiling = stages.verify_ceiling(genesis().chain_id, items[:payments])
    load = asyncio.run(_load(data, restarted, items[:payments], progress))
    begun = time.perf_counter()
    application = _open(restarted)
    restart_seconds = time.perf_counter() - begun
    replayed = application.replayed_blocks
    breakdown = stages.measure_stages(application, items[payments:], application.machine.time_ms + 1)
    application.close()
    per_second = payments / load.seconds
    percentiles = statistics.quantiles(load.waits_ms, n=100)
    return {
        "mix": mix,
        "payments_per_second": round(per_second),
        "verify_ceiling_per_second": round(ceiling.per_second),
        "ratio": round(per_second / ceiling.per_second, 3),
        "signatures_per_payment": ceiling.signatures,
        "accounts": accounts,
        "remembered_ids": remembered,
        "payments": payments,
        "pattern": pattern,
        "p50_ms": round(percentiles[49], 2),
        "p99_ms": round(percentiles[98], 2),
        "in_flight": CLIENTS * AT_ONCE,
        "block_payments": BATCH_TRANSACTIONS,
        "restart_seconds": round(restart_seconds, 3),
        "restart_replayed_blocks": replayed,
        "block_count": load.blocks,
        "sync_count": load.syncs,
        "stage_microseconds": breakdown,
        "accounts_written": "straight into the checkpoint, without transactions",
        "cpu": processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def _open(data: Path) -> Application:
    log = BlockLog(DirectoryFiles(data / "log"))
    return Application(genesis(), log, WriteBehind(LmdbCheckpoint(data / "state")))


async def _load(data: Path, copy: Path, items: Sequence[Item], progress: Progress) -> Load:
    """Load the engine; before it writes its last checkpoint, copy its data as a crash would leave them."""
    application = _open(data)
    begun, first_ms = time.perf_counter(), application.machine.time_ms + 1

    def clock() -> int:
        return first_ms + int((time.perf_counter() - begun) * 1_000)

    interpreter.tune()
    engine = EmbeddedEngine(application, BenchSigner(), clock)
    await engine.start()
    waits_ms: list[float] = []
    chunks = iter([items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE)])
    begun = time.perf_counter()
    await asyncio.gather(*(_client(engine, chunks, waits_ms, len(items), progress) for _ in range(CLIENTS)))
    seconds = time.perf_counter() - begun
    status = engine.status()
    await asyncio.to_thread(_copy_settled, application, data, copy)
    await engine.close()
    return Load(seconds, waits_ms, status.blocks, status.syncs)


def _copy_settled(application: Application, data: Path, copy: Path) -> None:
    """Copy the data once the checkpoint thread has nothing to write."""
    while application.base.backlog:
        time.sleep(0.01)
    shutil.copytree(data, copy)


async def _client(
    engine: EmbeddedEngine,
    chunks: Iterator[Sequence[Item]],
    waits_ms: list[float],
    total: int,
    progress: Progress,
) -> None:
    for chunk in chunks:
        begun = time.perf_counter()
        answers = await engine.submit_many(chunk)
        waited_ms = (time.perf_counter() - begun) * 1_000
        for answer in answers:
            if isinstance(answer, Refusal):
                raise answer
            for outcome in answer:
                assert outcome.code == COMMITTED, f"a payment was refused: {outcome}"
                assert not outcome.repeated, "a payment was sent twice"
        # A client is told of all its payments at once, so each is counted with the wait of the last.
        waits_ms.extend([waited_ms] * len(chunk))
        progress("payments", len(waits_ms), total)


def processor() -> str:
    """Return the model of the processor, and the vector units native code may use."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    found = dict(line.split(":", 1) for line in lines if ":" in line)
    fields = {name.strip(): value.strip() for name, value in found.items()}
    flags = fields.get("flags", "").split()
    vectors = next((name for name in ("avx512ifma", "avx512f", "avx2") if name in flags), "no AVX2")
    return f"{fields.get('model name', 'unknown')} ({vectors})"
