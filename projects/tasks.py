"""Which jobs this app does, and what it does by the clock."""

from celery import shared_task

from askorac.jobs.registry import register
from askorac.tenancy.access_deeds import TELL

from .idempotency import FORGET_ANSWERS, forget_answers
from .invitations import SEND
from .mailing import send_invitation
from .receipts import SWEEP
from .retention.purging import purge
from .retention.rules import PURGE
from .retention.sweeping import sweep
from .sign_ins import file_refusals
from .staff_mail import tell


def register_jobs() -> None:
    """Name the function for each kind of job of this app."""
    register(FORGET_ANSWERS, forget_answers)
    register(TELL, tell)
    register(PURGE, purge)
    register(SWEEP, sweep)
    register(SEND, send_invitation)


@shared_task(name="projects.file_refusals")  # type: ignore[untyped-decorator]
def file_refused_sign_ins() -> None:
    """Bring refused sign-ins into the trails of who was meant."""
    file_refusals()
