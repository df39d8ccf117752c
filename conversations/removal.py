"""Conversations are deleted by hand: one, those that were chosen, or all that a list would show."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from askorac.sealing import keyrings
from askorac.tenancy.context import tenant
from projects import receipts
from projects.models import Project
from projects.trail.recording import Actor, Target, record

from .erasing import erase
from .listing import Wanted, matching
from .models import Conversation

# One transaction; it has to end well before the context's signature does.
BATCH: Final = 2_000


def delete_conversation(
    *, project: Project, conversation_id: UUID, by: Actor, now: datetime
) -> bool:
    """Delete a conversation with its turns and messages; False if the project has none such."""
    with transaction.atomic():
        counts = erase(Conversation.objects.filter(project_id=project.pk, pk=conversation_id))
        if counts:
            target = Target(kind="conversation", id=conversation_id)
            record(action="conversation.deleted", target=target, by=by, now=now)
            receipts.give(
                kind="conversation.deleted",
                counts=counts,
                now=now,
                project_id=project.pk,
                conversation_id=str(conversation_id),
            )
    return bool(counts)


def delete_chosen(*, project: Project, ids: Collection[UUID], by: Actor, now: datetime) -> int:
    """Delete these conversations of the project, in the open context; returns how many it had."""
    return _delete_many(
        project, Conversation.objects.filter(project_id=project.pk, pk__in=ids), by, now
    )


def delete_matching(*, project: Project, wanted: Wanted, by: Actor, now: datetime) -> int:
    """Delete all conversations that are wanted and are not newer than `now`; returns how many.

    Opens a context for each batch, so it is called outside one; what was deleted when something
    breaks stays deleted, and is written down.
    """
    until = min(wanted.until, now) if wanted.until else now
    deleted = 0
    while True:
        keyrings.warm(project.organization_id)  # many batches outlast a ring
        with tenant(project.organization_id):
            found = matching(project, replace(wanted, until=until))
            count = _delete_many(project, found, by, now)
        deleted += count
        if count < BATCH:
            return deleted


def _delete_many(project: Project, found: QuerySet[Conversation], by: Actor, now: datetime) -> int:
    with transaction.atomic():
        counts = erase(Conversation.objects.filter(pk__in=found.values("pk")[:BATCH]))
        count = counts.get("conversations", 0)
        if count:
            target = Target(kind="project", id=project.pk, label=project.name)
            record(action="conversations.deleted", target=target, by=by, now=now, count=count)
            receipts.give(
                kind="conversations.deleted", counts=counts, now=now, project_id=project.pk
            )
    return count
