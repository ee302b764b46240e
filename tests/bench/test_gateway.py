from __future__ import annotations

import asyncio
from contextlib import nullcontext, suppress

import pytest

from payport.bench import gateway
from payport.bench.http_load import Due, drive, get, post
from tests.databases import any_server


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_figures_of_a_small_run(kind: str) -> None:
    with any_server() if kind == "postgresql" else nullcontext("") as server:
        figures = gateway.run(gateway.Offer(rate=50, seconds=2, accounts=20, postgresql=server))
    assert figures["database"] == kind
    assert figures["errors"] == 0, figures["first_error"]
    assert 0 < figures["payments_per_second"] <= 55
    assert 0 < figures["p50_ms"] <= figures["p99_ms"]
    assert 0 < figures["reads_per_second"] <= 6
    assert 0 <= figures["stolen"] < 1
    assert figures["ratio"] == pytest.approx(
        figures["payments_per_second"] / figures["verify_ceiling_per_second"], abs=0.001
    )


async def test_waits_count_from_when_a_request_was_due() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            if head.startswith(b"GET /end"):
                break
            await asyncio.sleep(0.05)
            status = b"200 OK" if head.startswith(b"GET") else b"404 Not Found"
            writer.write(b"HTTP/1.1 %s\r\nContent-Length: 2\r\n\r\nok" % status)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        requests = [Due(0.0, get("/a", "t"), 0), Due(0.0, get("/b", "t"), 0), Due(0.0, post("/c", b""), 1)]
        done: list[int] = []
        result = await drive("127.0.0.1", port, [*requests, Due(0.0, get("/end", "t"), 2)], 1, done.append)
    # One connection: each waits for those before it, though all were due at once.
    assert result.waits_seconds[0] == sorted(result.waits_seconds[0])
    assert result.waits_seconds[0][1] >= 0.09
    assert result.waits_seconds[1][0] >= 0.14
    assert [error.split(b"\r\n")[0] for error in result.errors] == [b"HTTP/1.1 404 Not Found", b"connection lost: None"]


async def test_a_connection_that_the_server_closed_while_idle_is_opened_again() -> None:
    served, handling = 0, set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal served
        handling.add(asyncio.current_task())
        with suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            served += 1
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        requests = [Due(each / 10, get("/a", "t"), 0) for each in range(6)]
        async with asyncio.timeout(10):
            result = await drive("127.0.0.1", port, requests, 2, lambda _: None)
        await asyncio.sleep(0.1)
        await asyncio.gather(*handling)
    assert (served, result.errors, len(result.waits_seconds[0])) == (6, [], 6)
