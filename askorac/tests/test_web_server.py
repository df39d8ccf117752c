"""Neither side of a socket makes the server hold what the other side does not take."""

import asyncio
import json
import os
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from http.client import IncompleteRead
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from askorac.testing.flood import FRAME, FRAMES
from askorac.testing.product import Process
from askorac.testing.reserving import reserved_port
from askorac.testing.sockets import Web
from askorac.web.bounds import MOST_BODY_BYTES, MOST_FRAME_BYTES

MOST_IN_KERNELS = 24_000_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    port = reserved_port()
    output = tmp_path_factory.mktemp("flood") / "log"
    command = ("-m", "askorac.testing.flood", str(port))
    web = Web(port, Process("flood", command, os.environ, Path(output)))
    web.process.start()
    web.wait_until_it_answers()
    yield web
    assert web.process.stop() == 0


async def count(server: Web, what: str) -> int:
    def ask() -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/", timeout=60) as page:
            return int(json.load(page)[what])

    return await asyncio.to_thread(ask)


async def test_client_that_reads_nothing_is_sent_what_fits_and_later_the_rest(
    server: Web,
) -> None:
    before = await count(server, "bytes")
    url = f"ws://127.0.0.1:{server.port}/pour"
    async with connect(url, compression=None, max_queue=2) as stalled:
        stalled.transport.pause_reading()
        handed_over = [await count(server, "bytes") - before]
        while len(handed_over) < 3 or handed_over[-1] != handed_over[-3]:
            await asyncio.sleep(0.3)
            handed_over.append(await count(server, "bytes") - before)
        stalled.transport.resume_reading()
        read = sum([len(await stalled.recv()) for _ in range(FRAMES)])
    assert 0 < handed_over[-1] < MOST_IN_KERNELS
    assert read == FRAMES * len(FRAME)


async def test_client_that_leaves_without_reading_is_poured_for_no_longer(server: Web) -> None:
    url = f"ws://127.0.0.1:{server.port}/pour"
    async with connect(url, compression=None, max_queue=2) as stalled:
        stalled.transport.pause_reading()
        await asyncio.sleep(0.5)
        during = await count(server, "sockets")
        stalled.transport.abort()
    assert during == 1
    async with asyncio.timeout(60):
        while await count(server, "sockets"):  # noqa: ASYNC110 - it is another process's
            await asyncio.sleep(0.1)


async def test_client_that_is_not_listened_to_can_send_no_more(server: Web) -> None:
    url = f"ws://127.0.0.1:{server.port}/ignore"
    sent = 0
    async with connect(url, compression=None, ping_interval=None) as talker:
        with pytest.raises(TimeoutError):
            while sent < 4 * MOST_IN_KERNELS:
                await asyncio.wait_for(talker.send("x" * MOST_FRAME_BYTES), 2)
                sent += MOST_FRAME_BYTES
        talker.transport.abort()
    assert sent < MOST_IN_KERNELS


@pytest.mark.parametrize("framing", ["declared", "chunked"])
def test_body_that_is_too_large_is_refused_before_it_is_kept(server: Web, framing: str) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as line:
        head = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
        if framing == "declared":
            line.sendall(head + b"Content-Length: %d\r\n\r\n" % (MOST_BODY_BYTES + 1))
        else:
            line.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
            part = b"%x\r\n" % 10_000_000 + b"x" * 10_000_000 + b"\r\n"
            with suppress(ConnectionError):
                for _ in range(MOST_BODY_BYTES // 10_000_000 + 1):
                    line.sendall(part)
        assert line.recv(64).startswith(b"HTTP/1.1 413 ")


async def test_response_that_nobody_reads_is_not_held_in_memory(server: Web) -> None:
    before = await count(server, "bytes")
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=2**16)
    writer.write(b"GET /pour HTTP/1.1\r\nHost: localhost\r\n\r\n")
    handed_over = [await count(server, "bytes") - before]
    while len(handed_over) < 3 or handed_over[-1] != handed_over[-3]:
        await asyncio.sleep(0.3)
        handed_over.append(await count(server, "bytes") - before)
    assert 0 < handed_over[-1] < MOST_IN_KERNELS
    read = 0
    while read < FRAMES * len(FRAME):
        read += len(await asyncio.wait_for(reader.read(2**20), 60))
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")  # the connection can be used again
    told = b""
    while b'"sockets"' not in told:
        told += await asyncio.wait_for(reader.read(2**16), 60)
    writer.close()
    assert await count(server, "sockets") == 0


def test_response_that_breaks_in_the_middle_is_cut_off(server: Web) -> None:
    """Not given an end, so that it passes for whole, nor none, so that its reader waits."""
    page = urllib.request.urlopen(f"http://127.0.0.1:{server.port}/break", timeout=60)
    with page, pytest.raises(IncompleteRead) as broken:
        page.read()
    assert broken.value.partial == b"as far as it came"
