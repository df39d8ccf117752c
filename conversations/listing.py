"""Conversations as lists show and find them; all of it runs in the open context.

What they are found by are plain columns of the conversation, and its words, which are blind. What
is shown is opened for the rows of a page.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, When

from askorac.sealing.sealed import Sealed
from askorac.web.paging import Keyset, moment, read_page
from projects.models import Project

from .models import Conversation, ConversationWord, Message, Speaker
from .words import Terms

PAGE: Final = 25
MOST_LISTED: Final = 20_000
LATEST_FIRST: Final = Keyset("last_message_at", moment)
_LABEL_CHARACTERS: Final = 300


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which conversations are wanted; what is None or empty asks for nothing.

    `visitors` are the first and the last id of a range. `terms` are what was said, and where.
    `since` and `until` (left out) bound the last message. `answered` is "yes" if every answer was
    known, "no" if one was not, "none" as long as no answer came to its end. `rating` is the worst
    that an answer was given, -1 or 1.
    """

    visitors: tuple[UUID, UUID] | None = None
    terms: Terms = ()
    since: datetime | None = None
    until: datetime | None = None
    answered: str = ""
    rating: int | None = None

    @property
    def condition(self) -> Q:
        """As the database is asked for it."""
        wanted = Q()
        if self.visitors:
            first, last = self.visitors
            wanted &= Q(visitor_id=first) if first == last else Q(visitor_id__range=self.visitors)
        if self.since:
            wanted &= Q(last_message_at__gte=self.since)
        if self.until:
            wanted &= Q(last_message_at__lt=self.until)
        if self.answered:
            wanted &= _ANSWERED[self.answered]
        if self.rating:
            wanted &= Q(rating=self.rating)
        return wanted


ANYTHING: Final = Wanted()
_ANSWERED: Final = {
    "yes": Q(is_answered=True),
    "no": Q(is_answered=False),
    "none": Q(is_answered__isnull=True),
}


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A conversation as lists show it."""

    id: UUID
    visitor_id: UUID
    channel: str
    page_url: str
    started_at: datetime
    last_message_at: datetime
    first_question: str
    question_count: int
    unanswered_count: int
    is_answered: bool | None
    rating: int | None


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """One page of a list; `older` is the cursor of the next one, None on the last."""

    rows: tuple[ConversationRow, ...]
    older: str | None


def list_conversations(
    *,
    project: Project,
    wanted: Wanted = ANYTHING,
    before: str | None = None,
    limit: int = PAGE,
) -> ConversationPage:
    """A page of the project's conversations, the latest first. One statement; two for words.

    Raises NoSuchCursor.
    """
    found = labelled(matching(project, wanted))
    page = read_page(found, order=LATEST_FIRST, cursor=before, limit=limit)
    return ConversationPage(rows=tuple(map(row_of, page.rows)), older=page.next)


def matching(project: Project, wanted: Wanted) -> QuerySet[Conversation]:
    """The project's conversations that are wanted, in no order. Asks how common words are."""
    if not all(wanted.terms):
        return Conversation.objects.none()
    found = Conversation.objects.filter(wanted.condition, project_id=project.pk)
    words = ConversationWord.objects.filter(project_id=project.pk)
    common, listed = _common(project, wanted.terms), []
    for term in wanted.terms:
        said = words.filter(word__in=sorted(term))
        if term in common:
            # A case, so that it is looked up for one conversation after the other.
            is_said = Exists(said.filter(conversation_id=OuterRef("pk")))
            found = found.filter(Case(When(is_said, then=True), default=False))
        else:
            listed.append(said.values("conversation_id"))
    if listed:
        found = found.filter(
            pk__in=listed[0].intersection(*listed[1:]) if listed[1:] else listed[0]
        )
    return found


def count_conversations(
    *, project: Project, wanted: Wanted = ANYTHING, most: int | None = None
) -> int:
    """How many there are; `most` if there are more, which are not counted."""
    return matching(project, wanted)[:most].count()


def labelled(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """With the first question of each, looked up for those that are fetched."""
    questions = Message.objects.filter(conversation_id=OuterRef("pk"), speaker=Speaker.VISITOR)
    first = questions.order_by("at")
    return conversations.annotate(
        first_id=Subquery(first.values("pk")[:1]),
        first_question=Subquery(first.values("text")[:1]),
    )


def row_of(conversation: Conversation) -> ConversationRow:
    """A conversation that was `labelled`, opened. Raises KeyRevoked, KeysAway or Tampered."""
    return ConversationRow(
        id=conversation.pk,
        visitor_id=conversation.visitor_id,
        channel=conversation.channel,
        page_url=conversation.page_url.open(),
        started_at=conversation.started_at,
        last_message_at=conversation.last_message_at,
        first_question=_first_question(conversation),
        question_count=conversation.question_count,
        unanswered_count=conversation.unanswered_count,
        is_answered=conversation.is_answered,
        rating=conversation.rating,
    )


def _first_question(conversation: Any) -> str:
    """The beginning of what was annotated; it is another row's, so that it is told which."""
    question: Sealed = conversation.first_question
    return str(question.open(row_id=conversation.first_id))[:_LABEL_CHARACTERS]


def _common(project: Project, terms: Terms) -> Terms:
    """Those that more conversations have than are to be put in order. One statement, if any."""
    if not terms:
        return ()
    words = ConversationWord.objects.filter(project_id=project.pk)
    more = (Exists(words.filter(word__in=sorted(term))[MOST_LISTED:]) for term in terms)
    asked = {f"term_{number}": each for number, each in enumerate(more)}
    answers = Project.objects.filter(pk=project.pk).annotate(**asked).values_list(*asked).get()
    return tuple(term for term, is_common in zip(terms, answers, strict=True) if is_common)
