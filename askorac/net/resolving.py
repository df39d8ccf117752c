"""Asking the machine which addresses a name has."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any

from .addresses import Address
from .faults import Unreachable

LookUp = Callable[[str], Awaitable[list[Address]]]


async def look_up(host: str) -> list[Address]:
    """All addresses of a name, each once, in the order in which the machine prefers them.

    Raises Unreachable. The thread is a daemon of its own: a resolver that hangs for a minute holds
    up neither the loop's end nor the process's.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[Address]] = loop.create_future()

    def ask() -> None:
        try:
            addresses = _addresses_of(host)
        except OSError as error:
            _tell(loop, found, _fault_of(error))
        except UnicodeError:
            _tell(loop, found, _unknown())
        else:
            _tell(loop, found, addresses)

    threading.Thread(target=ask, name="look-up", daemon=True).start()
    return await found


def _addresses_of(host: str) -> list[Address]:
    rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(row[4][0]) for row in rows))


def _tell(loop: asyncio.AbstractEventLoop, found: "asyncio.Future[Any]", outcome: object) -> None:
    """Hand the outcome to the loop, if it is still there and somebody still waits."""

    def settle() -> None:
        if found.done():
            return
        if isinstance(outcome, BaseException):
            found.set_exception(outcome)
        else:
            found.set_result(outcome)

    if not loop.is_closed():
        loop.call_soon_threadsafe(settle)


def _fault_of(error: OSError) -> Unreachable:
    if error.errno != socket.EAI_AGAIN:
        return _unknown()
    return Unreachable(
        "no_such_host",
        "The name of this site could not be looked up just now. Try again in a few minutes.",
        passes=True,
    )


def _unknown() -> Unreachable:
    return Unreachable(
        "no_such_host",
        "There is no site of this name. Check the spelling of the address.",
    )
