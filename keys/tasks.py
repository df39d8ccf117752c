"""Which jobs this app does."""

from askorac.jobs.registry import register

from .resealing import RESEAL, reseal
from .rotation import rotate_when_due
from .vault import ROTATE


def register_jobs() -> None:
    """Name the function for each kind of job of this app."""
    register(ROTATE, rotate_when_due)
    register(RESEAL, reseal)
