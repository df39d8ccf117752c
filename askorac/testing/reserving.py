"""Ports for the servers of tests, which nobody is given between the choice and the listening."""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path
from typing import Final

from askorac.local import ports

# Below those that the kernel hands out to whoever wants any port.
RANGE: Final = range(20_000, 32_000)
CLAIMS: Final = Path(tempfile.gettempdir()) / f"askorac-ports-{os.getuid()}"


def reserved_port() -> int:
    """A free port that no other test process reserves while this one lives.

    A server needs seconds from being told its port to listening there, and every connection and
    every other server of this machine takes a port meanwhile. The claim is a lock on a file, which
    the kernel lets go however we end.
    """
    CLAIMS.mkdir(mode=0o700, exist_ok=True)
    for port in random.Random().sample(RANGE, len(RANGE)):
        claim = os.open(CLAIMS / str(port), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(claim)
            continue
        if ports.is_free(port):
            return port  # and the file stays open for good
        os.close(claim)
    raise AssertionError("No port is free")


def is_listened_on(port: int) -> bool:
    """Whether a server of this machine takes connections there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
