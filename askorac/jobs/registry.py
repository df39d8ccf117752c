"""Which function does which kind of work. Each app registers its own in its `apps.ready`."""

from collections.abc import Callable

from .leases import Lease

Handler = Callable[[Lease], None]

_handlers: dict[str, Handler] = {}


def register(kind: str, handler: Handler) -> None:
    """Name the function for a kind of job; it runs outside any transaction.

    It may raise leases.Failed (a person must act), leases.Later (try again) or LeaseLost.
    """
    _handlers[kind] = handler


def handler_for(kind: str) -> Handler:
    """Raises KeyError for a kind that no app registered."""
    return _handlers[kind]
