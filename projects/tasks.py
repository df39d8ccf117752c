"""Which jobs this app does, and what it does by the clock."""

from functools import partial
from typing import Final

from celery import shared_task
from django.utils import timezone

from askorac.jobs.leases import Lease, enqueue
from askorac.jobs.registry import register
from askorac.jobs.tasks import wake
from askorac.tenancy.chain import unsigned_trails
from askorac.tenancy.context import tenant
from askorac.tenancy.deeds import TELL

from .holdings import register_holding
from .idempotency import FORGET_ANSWERS, forget_answers
from .membership.invitations import SEND
from .membership.mailing import send_invitation, tell_of_transfer
from .membership.members import TRANSFERRED
from .receipts import SWEEP
from .retention.purging import purge
from .retention.rules import PURGE
from .retention.sweeping import sweep
from .signing_in.sign_ins import file_refusals
from .signing_in.user_sessions import forget_ended
from .staff_access.mail import tell
from .trail.checkpoints import HOLDING, JOB, sign_due
from .trail.deliveries import MAIL, WEBHOOK, mail_checkpoint, plan_delivery, post_checkpoint
from .trail.uses import write_hours
from .unconfirmed import clear_unconfirmed

MOST_TRAILS: Final = 10_000


def register_jobs() -> None:
    """Name the function for each kind of job of this app."""
    register(FORGET_ANSWERS, forget_answers)
    register(TELL, tell)
    register(PURGE, purge)
    register(SWEEP, sweep)
    register(SEND, send_invitation)
    register(TRANSFERRED, tell_of_transfer)
    register(JOB, checkpoint)
    register(MAIL, mail_checkpoint)
    register(WEBHOOK, post_checkpoint)
    register_holding(HOLDING)


@shared_task(name="projects.ask_for_checkpoints", ignore_result=True)  # type: ignore[untyped-decorator]  # Celery has no types
def ask_for_checkpoints() -> None:
    """Have the trail of each organization signed in which something was written down since."""
    for organization_id in unsigned_trails(MOST_TRAILS):
        with tenant(organization_id):
            enqueue(kind=JOB, target_id=organization_id, now=timezone.now(), wake=wake)


@shared_task(name="projects.write_key_uses", ignore_result=True)  # type: ignore[untyped-decorator]  # Celery has no types
def write_key_uses() -> None:
    """Write into each trail how often its keys were used in the hours that are over."""
    write_hours(now=timezone.now())


def checkpoint(lease: Lease) -> None:
    """The job: sign where the trail stands, and have it sent where the customer keeps it."""
    sign_due(lease, follow=partial(plan_delivery, wake=wake))


@shared_task(name="projects.forget_sessions", ignore_result=True)  # type: ignore[untyped-decorator]
def forget_sessions() -> None:
    """Remove what is over of sessions: whose it was, and from where it was used."""
    forget_ended(now=timezone.now())


@shared_task(name="projects.file_refusals")  # type: ignore[untyped-decorator]
def file_refused_sign_ins() -> None:
    """Bring refused sign-ins into the trails of who was meant."""
    file_refusals()


@shared_task(name="projects.clear_unconfirmed")  # type: ignore[untyped-decorator]
def clear_unconfirmed_accounts() -> None:
    """Close accounts that were not confirmed within a week, and delete what is left of them."""
    clear_unconfirmed(now=timezone.now())
