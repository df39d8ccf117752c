"""What is made of an archive's conversations: the same words, with citations that lead here."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby, islice
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from askorac.jobs.leases import hold
from askorac.sealing import keyrings
from askorac.tenancy.context import tenant
from conversations import cited
from conversations.finding import ask_for_words
from conversations.models import Conversation, Message, Turn
from projects.models import Project

from ..archive import shapes
from ..checking import Place, rows
from .work import Making

AT_ONCE: Final = 100

Row = dict[str, Any]


def make_conversations(making: Making, place: Place, number: int, project: Project) -> None:
    """One part of what was said. Safe to repeat."""
    conversations = rows(making.archive, place.named("conversations", number), shapes.CONVERSATION)
    turns = groupby(
        rows(making.archive, place.named("turns", number), shapes.TURN),
        key=lambda row: row["conversation_id"],
    )
    while batch := list(islice(conversations, AT_ONCE)):
        _keep(making, project, batch)
    for own in _batches(turns):
        _keep_turns(making, project, own)


def find_words(making: Making, project_id: UUID) -> None:
    """Have conversations be found by what was said in them."""
    with tenant(making.organization_id):
        ask_for_words(project_id, now=timezone.now())


def _batches(turns: Any) -> Iterator[list[Row]]:
    """Turns of whole conversations, some at a time."""
    waiting: list[Row] = []
    for _, own in turns:
        for turn in own:
            waiting.append(turn)
            if len(waiting) >= AT_ONCE:
                yield waiting
                waiting = []
    if waiting:
        yield waiting


def _keep(making: Making, project: Project, told: Sequence[Row]) -> None:
    keyrings.warm(making.organization_id)
    with tenant(making.organization_id):
        hold(making.lease)
        new = {making.new_id(row["id"]): row for row in told}
        there = set(Conversation.objects.filter(pk__in=new).values_list("id", flat=True))
        Conversation.objects.bulk_create(
            Conversation(
                id=id_,
                organization_id=making.organization_id,
                project_id=project.pk,
                visitor_id=row["visitor_id"],
                channel=row["channel"],
                page_url=row["page_url"],
                started_at=row["started_at"],
                last_message_at=row["last_message_at"],
                question_count=row["question_count"],
                unanswered_count=row["unanswered_count"],
                is_answered=row["is_answered"],
                rating=row["rating"],
                has_words=False,
            )
            for id_, row in new.items()
            if id_ not in there
        )


def _keep_turns(making: Making, project: Project, told: Sequence[Row]) -> None:
    keyrings.warm(making.organization_id)
    with tenant(making.organization_id):
        hold(making.lease)
        new = {making.new_id(row["id"]): row for row in told}
        there = set(Turn.objects.filter(pk__in=new).values_list("id", flat=True))
        missing = {id_: row for id_, row in new.items() if id_ not in there}
        Turn.objects.bulk_create(_turn(making, project, id_, row) for id_, row in missing.items())
        Message.objects.bulk_create(
            _message(making, project, id_, row, message)
            for id_, row in missing.items()
            for message in row["messages"]
        )


def _turn(making: Making, project: Project, id_: UUID, row: Row) -> Turn:
    cost = row["cost_usd"]
    return Turn(
        id=id_,
        organization_id=making.organization_id,
        project_id=project.pk,
        conversation_id=making.new_id(row["conversation_id"]),
        client_id=row["client_id"],
        state=row["state"],
        code=row["code"],
        provider=row["provider"],
        model=row["model"],
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        cost=None if cost is None else Decimal(cost),
        started_at=row["started_at"],
        finished_at=row["finished_at"],
    )


def _message(making: Making, project: Project, turn_id: UUID, turn: Row, row: Row) -> Message:
    is_answer = row["speaker"] == "assistant"
    return Message(
        id=making.new_id(row["id"]),
        organization_id=making.organization_id,
        project_id=project.pk,
        conversation_id=making.new_id(turn["conversation_id"]),
        turn_id=turn_id,
        speaker=row["speaker"],
        text=row["text"],
        citations=[_citation(making, project, each) for each in row["citations"]] or None,
        confidence=row["confidence"],
        is_answered=row["is_answered"],
        rating=row["rating"] if is_answer else None,
        rating_comment=row["rating_comment"],
        at=row["at"],
    )


def _citation(making: Making, project: Project, row: Row) -> Row:
    """A citation as it is stored; it leads to the chunk that was made of the one it led to."""
    chunk_id = making.new_id(row["chunk_id"])
    start, end = row["start"] or 0, row["end"] or 0
    place = cited.Place(making.organization_id, project.pk, chunk_id, start, end)
    return {
        "n": row["n"],
        "title": row["title"],
        "path": place.path,
        "quote": row["quote"],
        "page": row["page"],
        "document_id": str(making.new_id(row["document_id"])),
        "chunk_id": str(chunk_id),
        "on": row["url"],
    }
