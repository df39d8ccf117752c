"""Which jobs this app does."""

from askorac.jobs.leases import Lease
from askorac.jobs.registry import register

from .resealing import RESEAL, reseal
from .rewrapping import REWRAP, rewrap
from .rotation import rotate_behind_new_service, rotate_when_due
from .vault import ROTATE


def register_jobs() -> None:
    """Name the function for each kind of job of this app."""
    register(ROTATE, rotate_when_due)
    register(RESEAL, reseal)
    register(REWRAP, rewrap_all)


def rewrap_all(lease: Lease) -> None:
    """Wrap the data keys anew, and where a service is new, make keys that it alone has known."""
    rewrap(lease)
    rotate_behind_new_service(lease)
