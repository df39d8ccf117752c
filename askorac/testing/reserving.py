"""Ports for the servers of tests, which nobody is given between the choice and the listening."""

import random
import socket
from typing import Final

from askorac.local import ports

# Below those that the kernel hands out to whoever wants any port.
RANGE: Final = range(20_000, 32_000)
_claims: list[socket.socket] = []


def reserved_port() -> int:
    """A free port that no other test process reserves while this one lives.

    A server needs seconds from being told its port to listening there, and every connection and
    every other server of this machine takes a port meanwhile. The claim is the UDP port of that
    number, on which nothing listens.
    """
    for port in random.Random().sample(RANGE, len(RANGE)):
        claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            claim.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        _claims.append(claim)
        if ports.is_free(port):
            return port
    raise AssertionError("No port is free")


def is_listened_on(port: int) -> bool:
    """Whether a server of this machine takes connections there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
