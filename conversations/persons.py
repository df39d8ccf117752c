"""Requests of persons: all that is kept of one visitor is found, given out, and erased.

Somebody is found by the id of a conversation, by the visitor's id or the customer's own name of
them, by what their browser keeps of a session, or by words that were said, such as an address.
Nothing of it is written down: neither what was looked for, nor who was found.
"""

import hashlib
import json
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count, Max, Min, QuerySet

from askorac.sealing import keyrings
from askorac.signing import live
from askorac.tenancy.context import in_tenant, tenant
from projects import receipts
from projects.holdings import end_copies
from projects.models import ErasureReceipt, Project
from projects.retention.holds import require_no_hold
from projects.trail import personal
from projects.trail.recording import Actor, Target, record

from .erasing import erase
from .exporting import BATCH, conversation_as_json, turnstile
from .incoming import read_uuid
from .listing import Wanted, matching
from .models import Conversation
from .remains import forget_visitor
from .transcripts import read_transcripts
from .visitors import session_of, visitor_named
from .words import Terms, terms_sought

FORMAT: Final = "askorac.visitor.v1"
ERASED: Final = "visitor.erased"
MOST_FOUND: Final = 50
ERASED_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Person:
    """A visitor of one project, with what there is of them. `is_sure` if an id or a name led there;
    by words alone it may be somebody else who said them."""

    project_id: UUID
    project: str
    visitor_id: UUID
    conversation_count: int
    first_at: datetime
    last_at: datetime
    is_sure: bool

    @property
    def key(self) -> str:
        """What names them in a form."""
        return f"{self.project_id}:{self.visitor_id}"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A visitor of a project, as forms and programs name one."""

    project: Project
    visitor_id: UUID

    @property
    def conversations(self) -> QuerySet[Conversation]:
        """All of theirs, in the open context."""
        return Conversation.objects.filter(project_id=self.project.pk, visitor_id=self.visitor_id)

    @property
    def digest(self) -> str:
        """By which who knows the visitor's id recognises a receipt."""
        return hashlib.sha256(self.visitor_id.bytes).hexdigest()


def find_persons(*, sought: str, projects: Sequence[Project]) -> list[Person]:
    """The visitors of these projects whom a text leads to, the surest first, at most 50 of each.

    With no context open. Raises KeyRevoked or KeysAway.
    """
    sought = sought.strip()
    if not sought or not projects:
        return []
    organization_id = projects[0].organization_id
    terms = terms_sought(organization_id, words=sought, page="")
    with tenant(organization_id):
        found = {person.key: person for person in _by_words(terms, projects)}
        found |= {person.key: person for person in _by_ids(sought, projects)}
    return sorted(found.values(), key=lambda each: (not each.is_sure, -each.last_at.timestamp()))


async def export_persons(
    *, chosen: Sequence[Chosen], by: Actor, now: datetime
) -> AsyncGenerator[bytes, None]:
    """All that is kept of these visitors as one JSON document, made while it is sent.

    That it was given out is written down before the first byte. Raises KeyRevoked or KeysAway.
    """
    organization_id = chosen[0].project.organization_id
    await keyrings.ready(organization_id)
    await in_tenant(organization_id, _write_down, chosen, by, now)
    head = {"format": FORMAT, "made_at": now.isoformat(), "organization_id": str(organization_id)}
    yield f'{json.dumps(head)[:-1]}, "visitors": ['.encode()
    for number, each in enumerate(chosen):
        told = {
            "project_id": str(each.project.pk),
            "project": each.project.name,
            "visitor_id": str(each.visitor_id),
        }
        start = f'{json.dumps(told, ensure_ascii=False)[:-1]}, "conversations": ['
        yield f"{', ' if number else ''}{start}".encode()
        async for part in _conversations(each):
            yield part
        yield b"]}"
    yield b"]}\n"


def erase_person(*, chosen: Chosen, by: Actor, now: datetime) -> list[ErasureReceipt]:
    """Erase all that is kept of a visitor: conversations, turns, messages, ratings, words, and what
    Redis has of them. Archives that may have them end, those that are being made included. A
    receipt for each batch, in its transaction; none if there was nothing.

    With no context open. Raises holds.Held, with what was erased before it was placed erased.
    """
    organization_id, given = chosen.project.organization_id, []
    while True:
        keyrings.warm(organization_id)
        live.warm()
        with tenant(organization_id):
            receipt = _erase_some(chosen, by, now)
        if receipt is None:
            break
        given.append(receipt)
    if given:
        with tenant(organization_id):
            end_copies(now=now)  # one that was begun while the last batch was being erased
    forget_visitor(chosen.project.pk, chosen.visitor_id)
    return given


def _erase_some(chosen: Chosen, by: Actor, now: datetime) -> ErasureReceipt | None:
    require_no_hold(chosen.project.pk)
    first = chosen.conversations.order_by("id").values_list("pk", flat=True)[:ERASED_AT_ONCE]
    ids = list(first)
    counts = erase(Conversation.objects.filter(pk__in=ids))
    if not counts:
        return None
    counts = {**counts, **end_copies(now=now)}
    personal.forget(ids)
    record(action=ERASED, target=_target(chosen), by=by, now=now, count=counts["conversations"])
    return receipts.give(
        kind=ERASED,
        counts=counts,
        now=now,
        rule="request",
        project_id=chosen.project.pk,
        visitor_sha256=chosen.digest,
    )


def _by_ids(sought: str, projects: Sequence[Project]) -> Iterator[Person]:
    """Those whom an id, a session or a name stands for."""
    named, session = read_uuid(sought), session_of(sought)
    for project in projects:
        of_project = Conversation.objects.filter(project_id=project.pk)
        visitors = {visitor_named(sought, project.pk)}
        if named is not None:
            of_id = of_project.filter(pk=named)
            visitors |= set(of_id.values_list("visitor_id", flat=True))
        if session is not None and session[0] == project.pk:
            visitors.add(session[1])
        yield from _persons(project, of_project.filter(visitor_id__in=visitors), is_sure=True)


def _by_words(terms: Terms, projects: Sequence[Project]) -> Iterator[Person]:
    """Those in whose conversations all of it was said."""
    if not terms:
        return
    for project in projects:
        said = matching(project, Wanted(terms=terms)).order_by()
        visitors = said.values("visitor_id").distinct()[:MOST_FOUND]
        theirs = Conversation.objects.filter(project_id=project.pk, visitor_id__in=visitors)
        yield from _persons(project, theirs, is_sure=False)


def _persons(project: Project, found: QuerySet[Conversation], *, is_sure: bool) -> Iterator[Person]:
    rows = (
        found.order_by()
        .values("visitor_id")
        .annotate(count=Count("pk"), first=Min("started_at"), last=Max("last_message_at"))
    )
    for row in rows.order_by("-last", "visitor_id")[:MOST_FOUND]:
        yield Person(
            project_id=project.pk,
            project=project.name,
            visitor_id=row["visitor_id"],
            conversation_count=row["count"],
            first_at=row["first"],
            last_at=row["last"],
            is_sure=is_sure,
        )


async def _conversations(each: Chosen) -> AsyncGenerator[bytes, None]:
    organization_id, before, is_first = each.project.organization_id, None, True
    wanted = Wanted(visitors=(each.visitor_id, each.visitor_id))
    while is_first or before is not None:
        async with turnstile():
            await keyrings.ready(organization_id)
            batch, before = await in_tenant(
                organization_id,
                read_transcripts,
                project=each.project,
                wanted=wanted,
                before=before,
                limit=BATCH,
            )
        for transcript in batch:
            told = json.dumps(conversation_as_json(transcript), ensure_ascii=False)
            yield f"{'' if is_first else ', '}{told}".encode()
            is_first = False
        is_first = False


def _write_down(chosen: Sequence[Chosen], by: Actor, now: datetime) -> None:
    for each in chosen:
        count = each.conversations.count()
        record(action="visitor.exported", target=_target(each), by=by, now=now, count=count)


def _target(chosen: Chosen) -> Target:
    """The project: the trail outlives the visitor, and so does not name them."""
    return Target(kind="project", id=chosen.project.pk, label=chosen.project.name)
