"""Small web servers on loopback addresses that say exactly what a test tells them to."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

_TLS_HELLO = b"\x16\x03"

Say = Callable[[socket.socket, str], None]


@dataclass
class Site:
    """A server that answers each path with bytes, or by a function that writes to the socket.

    `connections` counts what arrived, whether it was a request or not.
    """

    host: str
    port: int
    pages: dict[str, bytes | Say] = field(default_factory=dict)
    connections: int = 0
    requests: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


def reply(
    body: bytes = b"",
    *,
    status: str = "200 OK",
    content_type: str = "text/html; charset=utf-8",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """A whole answer with its length."""
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def redirect(to: str) -> bytes:
    """An answer that leads on."""
    return reply(status="302 Found", headers={"Location": to})


@contextmanager
def running_site(
    host: str = "127.0.0.1", *, port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[Site]:
    """Serve a site until the block ends, each connection in a thread of its own."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with ExitStack() as opened:
        listener = opened.enter_context(socket.socket(family))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(64)
        site = Site(host=host, port=listener.getsockname()[1])
        accepting = threading.Thread(target=_accept, args=(site, listener, tls), daemon=True)
        accepting.start()
        try:
            yield site
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()


def _accept(site: Site, listener: socket.socket, tls: ssl.SSLContext | None) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        site.connections += 1
        threading.Thread(target=_serve, args=(site, connection, tls), daemon=True).start()


def _serve(site: Site, connection: socket.socket, tls: ssl.SSLContext | None) -> None:
    with suppress(OSError), connection:
        if tls is not None:
            connection = tls.wrap_socket(connection, server_side=True)
        with connection:
            _answer(site, connection)


def _answer(site: Site, connection: socket.socket) -> None:
    request = b""
    while b"\r\n\r\n" not in request and not request.startswith(_TLS_HELLO):
        part = connection.recv(65536)
        if not part:
            return
        request += part
    text = request.decode("latin-1")
    if request.startswith(_TLS_HELLO):
        connection.sendall(reply(status="400 Bad Request"))
        return
    site.requests.append(text)
    page = site.pages.get(text.split(" ")[1], reply(status="404 Not Found"))
    if isinstance(page, bytes):
        connection.sendall(page)
    else:
        page(connection, text)
