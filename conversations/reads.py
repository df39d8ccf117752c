"""That members and programs read what visitors said is written down, each time, as it happens.

A list tells what was asked first in each conversation: it is a read, too, of as many as it shows.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from projects.models import Project
from projects.trail.places import PlaceKind
from projects.trail.recording import Actor, Target, record

from .models import Conversation

PLACE: Final = PlaceKind(
    Conversation.objects.all,
    "conversations.read",
    "conversations:read",
    ("project", "page"),
    project="project_id",
)


def note_read(*, project: Project, conversation_id: UUID, by: Actor, now: datetime) -> None:
    """One conversation was opened, in the transaction that reads it."""
    target = Target(kind="conversation", id=conversation_id)
    record(action="conversation.read", target=target, by=by, now=now, project=str(project.pk))


def note_listed(
    *, project: Project, count: int, by: Actor, now: datetime, is_search: bool = False
) -> None:
    """A list showed so many conversations; of none, there is nothing to tell. What was searched
    for is nobody's business."""
    if not count:
        return
    target = Target(kind="project", id=project.pk, label=project.name)
    record(
        action="conversations.listed",
        target=target,
        by=by,
        now=now,
        count=count,
        is_search=is_search,
    )
