"""Which key service wraps the seed of the signing key: the installation's, never a customer's.

Key services stand on a higher floor, which names its own here at the start.
"""

from collections.abc import Callable
from typing import Final, Protocol
from uuid import UUID

from askorac.sealing import KeysAway

# Key services wrap for an organization; this one is nobody's.
INSTALLATION: Final = UUID(int=0)


class Wrapping(Protocol):
    """What is asked of a key service."""

    def wrap(self, organization_id: UUID, plain: bytes) -> bytes: ...

    def unwrap(self, organization_id: UUID, wrapped: bytes) -> bytes: ...


_service: Callable[[], Wrapping] | None = None


def wrap_with(service: Callable[[], Wrapping]) -> None:
    """Name the function that gives the installation's key service."""
    global _service
    _service = service


def wrap(seed: bytes) -> bytes:
    """Raises KeyRevoked, KeysAway."""
    return _installed().wrap(INSTALLATION, seed)


def unwrap(wrapped: bytes) -> bytes:
    """Raises KeyRevoked, KeysAway, Tampered."""
    return _installed().unwrap(INSTALLATION, wrapped)


def _installed() -> Wrapping:
    if _service is None:
        raise KeysAway("No key service is set up in this process.")
    return _service()
