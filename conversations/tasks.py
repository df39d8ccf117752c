"""What the sweeper does for this app, and which jobs it does."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from askorac.jobs.registry import register
from askorac.sealing import KeyRevoked, KeysAway, keyrings
from askorac.tenancy.context import tenant
from askorac.tenancy.lookups import lapsed_turns
from projects.holdings import (
    register_holding,
    register_inventory,
    register_strays,
    register_sweep,
)

from .erasing import CONVERSATIONS, VISITORS, count_conversations_of
from .finding import FIND_WORDS, ask_for_words, find_words
from .remains import STRAY_ANSWERS, sweep_answers, sweep_jobs
from .replay import said
from .turns import close_lapsed

_AT_MOST = 200


def register_jobs() -> None:
    """Name the function for each kind of job of this app."""
    register(FIND_WORDS, find_words)


def register_holdings() -> None:
    """Name what rules purge of this app, what counts it, and what looks for its remains."""
    register_holding(CONVERSATIONS)
    register_holding(VISITORS)
    register_inventory("conversations", count_conversations_of)
    register_strays("answers in Redis", STRAY_ANSWERS)
    register_sweep("answers in Redis", sweep_answers)
    register_sweep("jobs of conversations", sweep_jobs)


@shared_task(name="conversations.close_lapsed_turns", ignore_result=True)  # type: ignore[untyped-decorator]  # Celery has no types
def close_lapsed_turns() -> None:
    """End the answers whose process has died, with what they had said."""
    for organization_id, turn_id in lapsed_turns(_AT_MOST):
        text = _said(organization_id, turn_id)
        with tenant(organization_id):
            project_id = close_lapsed(turn_id=turn_id, text=text, now=timezone.now())
            if project_id:
                ask_for_words(project_id, now=timezone.now())


def _said(organization_id: UUID, turn_id: UUID) -> str:
    """What Redis has of an answer; nothing without a key to open it by."""
    try:
        return said(turn_id, keyrings.of(organization_id))
    except (KeyRevoked, KeysAway):
        return ""
