"""The dashboard's pages of a project that has had a hundred thousand conversations, and of an
organization with as many events in its trail."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from bench import records
from bench.figures import PAGES, Detail, Figure, Measured
from bench.loading import copy_rows, settle, superuser
from bench.visiting import Tell, addresses, details_of, visit

if TYPE_CHECKING:
    from django.db.models import Model

    from askorac.sealing.keyring import Keyring
    from askorac.testing.people import Customer
    from bench.product import Product
    from projects.models import Project

CONVERSATIONS: Final = 100_000
# Shown by themselves, however quick they are.
LISTS: Final = tuple(
    f"/app/organization/{name}/"
    for name in ("audit", "audit/checkpoints", "members", "retention/receipts")
)
DAYS: Final = 365
QUESTIONS: Final = (
    "How long does a parcel take?",
    "Can I send back what I ordered by mistake?",
    "Where is the shop, and when is it open?",
    "Do you repair lamps?",
)
ANSWER: Final = "A parcel comes back within thirty days at no cost [1]. " * 4


def measure(
    product: Product,
    customer: Customer,
    project: Project,
    *,
    tell: Tell,
    conversations: int = CONVERSATIONS,
) -> Measured:
    """The slowest of all pages that a member can open, its filters among them."""
    from askorac.testing.pages import browser

    began = time.monotonic()
    one = load(product.superuser_url(), customer, project, conversations)
    known = records.load(product.superuser_url(), customer, project, records.Sizes())
    loaded = Detail("pages: loading conversations and records", time.monotonic() - began, "s")
    cookies = {name: each.value for name, each in browser(customer.owner).cookies.items()}
    paths = addresses("app/", known | _known(project, one))
    pages = asyncio.run(visit(product.url, cookies, paths, tell=tell))
    slowest = max(page.seconds for page in pages)
    details = (loaded, *details_of("pages", pages, always=LISTS))
    return Measured((Figure(PAGES, 1e3 * slowest),), details)


def load(superuser_url: str, customer: Customer, project: Project, count: int) -> UUID:
    """Conversations of one to three questions over a year; returns the id of one."""
    from django.utils import timezone

    from askorac.sealing import keyrings
    from conversations.models import Conversation, ConversationWord, Message, Turn

    ring, chance, now = keyrings.of(customer.id), random.Random(7), timezone.now()
    owned: dict[str, Any] = {"organization_id": customer.id, "project_id": project.pk}
    starts = [now - timedelta(days=DAYS) * chance.random() for _ in range(count)]
    talks = [
        (uuid4(), start, [uuid4() for _ in range(chance.choice((1, 1, 2, 3)))]) for start in starts
    ]
    turns = [
        (turn_id, talk, start + timedelta(minutes=number))
        for talk, start, turn_ids in talks
        for number, turn_id in enumerate(turn_ids)
    ]
    with superuser(superuser_url) as session:
        copy_rows(session, Conversation, (owned | _conversation(ring, *talk) for talk in talks))
        copy_rows(session, Turn, (owned | _turn(*turn) for turn in turns))
        copy_rows(
            session, Message, (owned | row for turn in turns for row in _messages(ring, *turn))
        )
        words = ({**owned, "id": uuid4(), **word} for talk in talks for word in _words(ring, *talk))
        copy_rows(session, ConversationWord, words)
        settle(session, Conversation, ConversationWord, Turn, Message)
    return talks[0][0]


def _conversation(
    ring: Keyring, id_: UUID, start: datetime, turn_ids: list[UUID]
) -> dict[str, object]:
    from conversations.models import Conversation

    unanswered = sum(not _is_answered(turn_id) for turn_id in turn_ids)
    return {
        "id": id_,
        "visitor_id": uuid4(),
        "channel": "widget",
        "page_url": _sealed(ring, Conversation, "page_url", id_, _page_url(id_)),
        "started_at": start,
        "last_message_at": start + timedelta(minutes=len(turn_ids) - 1, seconds=4),
        "question_count": len(turn_ids),
        "unanswered_count": unanswered,
        "is_answered": not unanswered,
        "rating": {0: -1, 1: 1}.get(id_.int % 20),
    }


def _words(
    ring: Keyring, id_: UUID, start: datetime, turn_ids: list[UUID]
) -> Iterator[dict[str, object]]:
    asked = {QUESTIONS[turn_id.int % len(QUESTIONS)] for turn_id in turn_ids}
    words = set[int]().union(*(_words_of(ring, question, _page_url(id_)) for question in asked))
    return ({"conversation_id": id_, "word": word} for word in words)


@cache
def _words_of(ring: Keyring, question: str, page_url: str) -> list[int]:
    from conversations.words import words_of_turn

    return words_of_turn(ring, question=question, answer=ANSWER, page_url=page_url)


def _page_url(id_: UUID) -> str:
    return f"https://shop.example/things/{id_.int % 500}"


def _is_answered(turn_id: UUID) -> bool:
    """Whether the answer was known: four of five are."""
    return turn_id.int % 5 > 0


def _turn(id_: UUID, conversation_id: UUID, start: datetime) -> dict[str, object]:
    return {
        "id": id_,
        "conversation_id": conversation_id,
        "client_id": uuid4(),
        "state": "ready",
        "provider": "openai",
        "model": "gpt-4o-mini",
        "input_tokens": 900,
        "output_tokens": 60,
        "started_at": start,
        "finished_at": start + timedelta(seconds=4),
    }


def _messages(
    ring: Keyring, turn_id: UUID, conversation_id: UUID, start: datetime
) -> Iterator[dict[str, object]]:
    from conversations.models import Message

    common = {"turn_id": turn_id, "conversation_id": conversation_id}
    asked, answered = uuid4(), uuid4()
    question = _sealed(ring, Message, "text", asked, QUESTIONS[turn_id.int % len(QUESTIONS)])
    yield common | {"id": asked, "speaker": "visitor", "text": question, "at": start}
    yield common | {
        "id": answered,
        "speaker": "assistant",
        "text": _sealed(ring, Message, "text", answered, ANSWER),
        "confidence": 0.8,
        "is_answered": _is_answered(turn_id),
        "at": start + timedelta(seconds=4),
    }


def _sealed(ring: Keyring, model: type[Model], name: str, row_id: UUID, text: str) -> bytes:
    from askorac.sealing.fields import purpose_of

    return ring.seal(text.encode(), purpose=purpose_of(model, name), row_id=row_id)


def _known(project: Project, conversation_id: UUID) -> dict[str, object]:
    """The ids that stand in addresses, by the names that they have there."""
    from askorac.tenancy.context import tenant
    from knowledge.models import Document, Source

    with tenant(project.organization_id):
        source = Source.objects.filter(project_id=project.pk).get()
        document = Document.objects.filter(project_id=project.pk).get()
    return {
        "project_id": project.pk,
        "conversation_id": conversation_id,
        "source_id": source.pk,
        "document_id": document.pk,
    }
