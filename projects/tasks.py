"""Which jobs this app does."""

from askorac.jobs.registry import register

from .idempotency import FORGET_ANSWERS, forget_answers


def register_jobs() -> None:
    """Name the function for each kind of job of this app."""
    register(FORGET_ANSWERS, forget_answers)
