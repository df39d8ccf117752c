"""Which IP addresses are public: those of global unicast that no registry sets aside.

``ipaddress.is_global`` is not asked: on Python 3.11 it lets NAT64, 6to4, v4-compatible addresses,
192.0.0.0/24 and multicast pass, and each of these can lead back inside.
"""

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_SET_ASIDE_4: Final = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # behind a carrier's NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, and the metadata of clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
# All else is loopback, v4-mapped, v4-compatible, NAT64, private, link-local, multicast or unused.
_UNICAST_6: Final = IPv6Network("2000::/3")
_SET_ASIDE_6: Final = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, overlays
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which carries an IPv4 address
        "3fff::/20",  # documentation
    )
)
# Of this machine, of an organization's own network, and of one link.
_LOCAL_6: Final = tuple(IPv6Network(text) for text in ("::1/128", "fc00::/7", "fe80::/10"))

# Set aside for private use, or never given out (RFC 6761, RFC 6762, RFC 8375, ICANN).
_PRIVATE_ENDINGS: Final = frozenset(
    {
        "localhost",
        "local",
        "internal",
        "arpa",
        "lan",
        "home",
        "corp",
        "intranet",
        "invalid",
        "onion",
    }
)


def is_public(address: Address) -> bool:
    """Whether anybody on the internet may be meant by this address."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _SET_ASIDE_4)
    if address.scope_id is not None or address not in _UNICAST_6:
        return False
    return not any(address in network for network in _SET_ASIDE_6)


def is_here(host: str | None) -> bool:
    """Whether a host is this machine by its name, as loopback addresses and `localhost` are."""
    if host is None or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_private_name(host: str) -> bool:
    """Whether a name can't be anybody's on the internet: of one word, or under an ending that is
    kept for machines' own networks."""
    return "." not in host or host.rpartition(".")[2] in _PRIVATE_ENDINGS


def is_reserved(network: Network) -> bool:
    """Whether no address of a network is anybody's on the internet."""
    if isinstance(network, IPv4Network):
        return any(network.subnet_of(each) for each in _SET_ASIDE_4)
    return any(network.subnet_of(each) for each in _LOCAL_6)


def is_within(address: Address, networks: Sequence[Network]) -> bool:
    """Whether an address lies in one of the networks that an operator has let through."""
    return any(address in network for network in networks)


def networks_of(text: str) -> tuple[Network, ...]:
    """The networks of a list such as "10.1.0.0/16,fd00::/8". Raises ValueError for any other."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
