"""Which jobs this app does."""

from askorac.jobs.registry import register
from askorac.tenancy.access_deeds import TELL

from .idempotency import FORGET_ANSWERS, forget_answers
from .staff_mail import tell


def register_jobs() -> None:
    """Name the function for each kind of job of this app."""
    register(FORGET_ANSWERS, forget_answers)
    register(TELL, tell)
