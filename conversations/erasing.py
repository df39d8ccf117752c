"""Conversations go, with all that hangs on them, and it is counted: by hand, by a rule or at a
visitor's request. Visitor data goes by itself, too, from conversations that stay."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from django.contrib.postgres.functions import RandomUUID
from django.db import transaction
from django.db.models import F, Min, Q, QuerySet

from askorac.tenancy.context import require
from projects.holdings import Due, Holding
from projects.models import Content

from .finding import ask_for_words
from .models import Conversation, ConversationWord, Message, Turn
from .remains import forget_answers

Counts = Mapping[str, int]
NOTHING: Final[Counts] = {}


def erase(found: QuerySet[Conversation]) -> Counts:
    """Delete these conversations with their turns, messages, ratings and words, in the open
    transaction; what Redis holds of their answers goes after it. Returns how many of what.

    An answer that is being given ends when its process renews its lease, and finds none.
    """
    ids = list(found.order_by().select_for_update(of=("self",)).values_list("pk", flat=True))
    if not ids:
        return NOTHING
    turns = list(Turn.objects.filter(conversation_id__in=ids).values_list("pk", flat=True))
    counts = {
        "conversations": len(ids),
        "turns": len(turns),
        "messages": Message.objects.filter(conversation_id__in=ids).count(),
        "words": ConversationWord.objects.filter(conversation_id__in=ids).count(),
    }
    Conversation.objects.filter(pk__in=ids).delete()
    organization_id = require().organization_id
    transaction.on_commit(lambda: forget_answers(organization_id, turns))
    return counts


def count_conversations_of(project_id: UUID | None) -> Counts:
    """How many of what a project has, or without one the organization."""
    of_project = {} if project_id is None else {"project_id": project_id}
    return {
        "conversations": Conversation.objects.filter(**of_project).count(),
        "turns": Turn.objects.filter(**of_project).count(),
        "messages": Message.objects.filter(**of_project).count(),
        "words": ConversationWord.objects.filter(**of_project).count(),
    }


def _untouched_since(project_id: UUID | None, before: datetime) -> QuerySet[Conversation]:
    """What nobody has said anything in since, and whose visitor has not been there since."""
    untouched = Q(seen_at=None) | Q(seen_at__lt=before), Q(last_message_at__lt=before)
    return Conversation.objects.filter(*untouched, project=project_id)


def _due(found: QuerySet[Conversation]) -> Due:
    return Due(found.count(), found.aggregate(oldest=Min("last_message_at"))["oldest"])


def _conversations_due(project_id: UUID | None, before: datetime) -> Due:
    return _due(_untouched_since(project_id, before))


def _purge_conversations(
    project_id: UUID | None, before: datetime, now: datetime, most: int
) -> Counts:
    due = _untouched_since(project_id, before).order_by("last_message_at", "id")
    return erase(Conversation.objects.filter(pk__in=due.values("pk")[:most]))


def _named(project_id: UUID | None, before: datetime) -> QuerySet[Conversation]:
    """Those that tell who asked, or do so again since their visitor has come back."""
    return _untouched_since(project_id, before).filter(
        Q(nameless_at=None) | Q(nameless_at__lt=F("last_message_at"))
    )


def _visitors_due(project_id: UUID | None, before: datetime) -> Due:
    return _due(_named(project_id, before))


def _purge_visitors(project_id: UUID | None, before: datetime, now: datetime, most: int) -> Counts:
    """Take from conversations whose they are, and where they were held.

    What is found by the page's address can't be told from what was said, since both are blind: so
    all of it goes, and a job finds the words of what was said anew.
    """
    due = _named(project_id, before)
    first = due.order_by("last_message_at", "id").values("pk")[:most]
    ids = list(
        Conversation.objects.filter(pk__in=first).select_for_update().values_list("pk", flat=True)
    )
    if not ids or project_id is None:
        return NOTHING
    words, _ = ConversationWord.objects.filter(conversation_id__in=ids).delete()
    found = Conversation.objects.filter(pk__in=ids)
    pages = found.filter(page_url__isnull=False).count()
    found.update(visitor_id=RandomUUID(), page_url=None, nameless_at=now, has_words=False)
    ask_for_words(project_id, now=now)
    return {"visitor_ids": len(ids), "pages": pages, "words": words}


CONVERSATIONS: Final = Holding(Content.CONVERSATIONS, _conversations_due, _purge_conversations)
VISITORS: Final = Holding(Content.VISITORS, _visitors_due, _purge_visitors)
