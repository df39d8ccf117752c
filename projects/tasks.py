"""Which jobs this app does."""

from askorac.jobs.registry import register
from askorac.tenancy.access_deeds import TELL

from .idempotency import FORGET_ANSWERS, forget_answers
from .invitations import SEND
from .mailing import send_invitation
from .receipts import SWEEP
from .retention.purging import purge
from .retention.rules import PURGE
from .retention.sweeping import sweep
from .staff_mail import tell


def register_jobs() -> None:
    """Name the function for each kind of job of this app."""
    register(FORGET_ANSWERS, forget_answers)
    register(TELL, tell)
    register(PURGE, purge)
    register(SWEEP, sweep)
    register(SEND, send_invitation)
