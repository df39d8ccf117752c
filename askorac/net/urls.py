"""A web address taken apart once, strictly: what two readers could read differently is refused."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final, NoReturn
from urllib.parse import SplitResult, quote, urlsplit

import idna

from .addresses import Address, Network, is_public, is_within
from .faults import Forbidden

MOST_URL_CHARACTERS: Final = 2000
_PORTS: Final = {"http": 80, "https": 443}
WEB_PORTS: Final = frozenset(_PORTS.values())
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# A host whose last label is a number is an IPv4 address to resolvers, however it is spelled.
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_SAFE_IN_PATH: Final = "/%:@!$&'()*+,;=~-._"
_SAFE_IN_QUERY: Final = _SAFE_IN_PATH + "?[]"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes. ``host`` is in ASCII; ``literal`` is set if it is an IP address."""

    scheme: str
    host: str
    port: int
    literal: Address | None
    url: str


def target_of(
    url: str, *, allow: Sequence[Network] = (), ports: Collection[int] = WEB_PORTS
) -> Target:
    """Take a web address apart; no name is resolved yet.

    Networks in ``allow`` are let through although they are not public, on any port. Raises
    Forbidden for what is not http or https, carries a password, names a port that is not among
    ``ports``, or an IP address that is not public or spelled in an unusual way.
    """
    parts = _split(url)
    port = _port_of(parts)
    host, literal = _host_of(parts)
    if literal is not None:
        check_address(literal, port=port, allow=allow, ports=ports)
    elif not allow:
        check_port(port, ports=ports)
    shown = f"[{host}]" if isinstance(literal, IPv6Address) else host
    shown += "" if port == _PORTS[parts.scheme] else f":{port}"
    path = quote(parts.path, safe=_SAFE_IN_PATH) or "/"
    query = f"?{quote(parts.query, safe=_SAFE_IN_QUERY)}" if parts.query else ""
    return Target(parts.scheme, host, port, literal, f"{parts.scheme}://{shown}{path}{query}")


def check_address(
    address: Address,
    *,
    port: int,
    allow: Sequence[Network] = (),
    ports: Collection[int] = WEB_PORTS,
) -> None:
    """Raises Forbidden unless this address and port may be connected to."""
    if is_within(address, allow):
        return
    if not is_public(address):
        raise Forbidden(
            "address",
            "This address leads into a private network, which is never opened from here. "
            "Give the address of a page that anybody can open, or upload the page as a file.",
        )
    check_port(port, ports=ports)


def check_port(port: int, *, ports: Collection[int] = WEB_PORTS) -> None:
    """Raises Forbidden unless it is a port of the public web, or one of others that are meant."""
    if port not in ports:
        raise Forbidden(
            "port",
            "Web pages are read from the ports 80 and 443 only. "
            "Give the address without a port number.",
        )


def _split(url: str) -> SplitResult:
    if len(url) > MOST_URL_CHARACTERS:
        _refuse("This address is longer than 2,000 characters. Give a shorter one.")
    if "\\" in url or any(not letter.isprintable() or letter.isspace() for letter in url):
        _refuse("There is a space, a backslash or an invisible character in this address.")
    try:
        parts = urlsplit(url)
    except ValueError:
        _refuse("This is not a web address.")
    if parts.scheme not in _PORTS:
        raise Forbidden("scheme", "A web address begins with https:// or http://. Give one.")
    if "@" in parts.netloc:
        raise Forbidden(
            "credentials",
            "There is a name or a password in this address. "
            "Give an address that opens without one.",
        )
    return parts


def _port_of(parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError:
        _refuse("The port number in this address is not one.")
    if parts.netloc.endswith(":"):
        _refuse("There is a colon without a port number in this address.")
    return _PORTS[parts.scheme] if port is None else port


def _host_of(parts: SplitResult) -> tuple[str, Address | None]:
    host = parts.hostname or ""
    if parts.netloc.startswith("["):
        if parts.netloc.rpartition("]")[2].partition(":")[0]:
            _refuse("The IP address in this address is not one.")
        try:
            address = IPv6Address(host)
        except AddressValueError:
            _refuse("The IP address in this address is not one.")
        return str(address), address
    host = _in_ascii(host)
    if not _NUMBER.fullmatch(host.rpartition(".")[2]):
        return host, None
    try:
        return host, IPv4Address(host)
    except AddressValueError:
        raise Forbidden(
            "address",
            "This address names a computer by a number in an unusual way. Give it by its name.",
        ) from None


def _in_ascii(host: str) -> str:
    """The name as resolvers are asked for it; whatever maps to other letters maps here."""
    try:
        host = idna.encode(host, uts46=True).decode() if not host.isascii() else host.lower()
    except (idna.IDNAError, UnicodeError):
        _refuse("The name of the site in this address is not one.")
    host = host.removesuffix(".")
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        _refuse("The name of the site in this address is not one.")
    return host


def _refuse(what: str) -> NoReturn:
    raise Forbidden("malformed", f"{what} Copy it from the browser's address bar, and try again.")
