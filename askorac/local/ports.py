"""Ports on the loopback interface."""

import errno
import socket


def is_free(port: int) -> bool:
    """Whether nothing listens on `port` on either loopback address.

    Both are tried because a browser may take `localhost` for either of them.
    """
    return _can_bind(socket.AF_INET, "127.0.0.1", port) and (
        not socket.has_ipv6 or _can_bind(socket.AF_INET6, "::1", port)
    )


def free_port(*, preferred: int | None = None) -> int:
    """`preferred` if nothing listens there, else one that the kernel picks."""
    if preferred is not None and is_free(preferred):
        return preferred
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        picked: int = probe.getsockname()[1]
        return picked


def claimed_port(*, preferred: int | None = None) -> int:
    """As `free_port`, and no other start on this machine claims it while this process lives.

    Between the look and the first listening stands a preparation of seconds, in which another start
    would find the same port free. The claim is the UDP port of that number, on which nothing
    listens; the kernel lets it go however we end.
    """
    wanted = preferred
    while True:
        port = free_port(preferred=wanted)
        claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            claim.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            wanted = None
        else:
            claim.detach()  # it stays open for good
            return port


def _can_bind(family: socket.AddressFamily, address: str, port: int) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            # A machine without IPv6 has no ::1, so nothing can listen there.
            return error.errno == errno.EADDRNOTAVAIL
    return True
