"""TLS before an engine that speaks none: the embedded PostgreSQL and Valkey are built without it.

The client's side is as real as with any server: its handshake, and what it makes of certificates.
"""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SSL_REQUEST: Final = bytes.fromhex("0000000804d2162f")
CHUNK: Final = 65_536


@dataclass(frozen=True, slots=True)
class Front:
    """From a port with TLS to a port without, on the loopback.

    asks_first: PostgreSQL's way, where the client asks in clear whether TLS is spoken. Whoever
    does not ask is cut off, as by a server that has only `hostssl` lines.
    """

    port: int
    target: int
    certificate: Path
    asks_first: bool = False

    async def serve(self, serving: threading.Event, stop: asyncio.Event) -> None:
        """Serve until `stop`."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(self.certificate, self.certificate.with_suffix(".key"))

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            # A client that trusts nobody here leaves in the middle of the handshake.
            with suppress(OSError, asyncio.IncompleteReadError):
                if self.asks_first and await reader.readexactly(len(SSL_REQUEST)) == SSL_REQUEST:
                    writer.write(b"S")
                    await writer.start_tls(context)
                elif self.asks_first:
                    writer.close()
                    return
                await self._join(reader, writer)

        terms = None if self.asks_first else context
        async with await asyncio.start_server(connected, "127.0.0.1", self.port, ssl=terms):
            serving.set()
            await stop.wait()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(_pour(reader, inner_writer), _pour(inner_reader, writer))


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    with suppress(OSError, RuntimeError):
        writer.close()


@contextmanager
def running_fronts(*fronts: Front) -> Iterator[None]:
    """All of them, in a thread, until the block ends."""
    serving = [threading.Event() for _ in fronts]
    handles: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve_all() -> None:
        stop = asyncio.Event()
        handles.append((asyncio.get_running_loop(), stop))
        pairs = zip(fronts, serving, strict=True)
        await asyncio.gather(*(front.serve(ready, stop) for front, ready in pairs))

    def run() -> None:
        asyncio.run(serve_all())  # cancels what is left of connections

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        assert all(ready.wait(60) for ready in serving)
        yield
    finally:
        for loop, stop in handles:
            loop.call_soon_threadsafe(stop.set)
        thread.join(60)
