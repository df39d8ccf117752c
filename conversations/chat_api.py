"""/api/v1/projects/{id}/chat/: a program asks, and hears the answer whole or as it is given."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID, uuid4, uuid5

from django.http import Http404, HttpResponseBase
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from askorac.web.api.bodies import Body, Text
from askorac.web.api.problems import refuse
from askorac.web.api.schema import operation
from askorac.web.late import LateResponse
from projects.api_views import REUSED, ApiView

from . import sse
from .asking import NotTaken, as_problem, put_question
from .doors import Contact, Door, door_of
from .events import Finished
from .feeds import Feed
from .frames import citation_of, offer
from .incoming import (
    MOST_PAGE_URL_CHARACTERS,
    MOST_QUESTION_CHARACTERS,
    Asking,
    NoQuestion,
    read_asking,
)
from .models import Channel, Conversation, Message, Speaker
from .visitors import MOST_NAME, Visitor, visitor_named

ENDING: Final = "The project is to be deleted, and answers nobody. Take that back first."


class QuestionBody(Body):
    """A question, on behalf of a visitor."""

    message = Text(max_length=MOST_QUESTION_CHARACTERS, help_text="The question.")
    conversation_id = serializers.UUIDField(
        required=False, help_text="The conversation that it goes on with; without one, a new one."
    )
    visitor_id = Text(
        required=False,
        max_length=MOST_NAME,
        help_text="Who asks in a new conversation: a UUID, or your own name of the visitor.",
    )
    page_url = Text(
        required=False,
        allow_blank=True,
        max_length=MOST_PAGE_URL_CHARACTERS,
        help_text="The address of the page that the visitor is on.",
    )
    context = serializers.JSONField(  # type: ignore[assignment]  # a field, not the framework's
        required=False, allow_null=True, help_text="What you want to send along; it is not kept."
    )


class SourceShape(serializers.Serializer[Any]):
    """What an answer rests on."""

    n = serializers.IntegerField(help_text="The number of its marker in the answer's text.")
    title = serializers.CharField()
    url = serializers.CharField(help_text="Where the quote is shown in its place.")
    quote = serializers.CharField()
    page = serializers.IntegerField(allow_null=True)

    class Meta:
        ref_name = "AnswerSource"


class ContactShape(serializers.Serializer[Any]):
    """Where a visitor is sent when there is no answer."""

    label = serializers.CharField()  # type: ignore[assignment]  # a field here, not the framework's
    url = serializers.CharField()

    class Meta:
        ref_name = "Contact"


class AnswerShape(serializers.Serializer[Any]):
    """An answer. `answered` is false if the documents do not hold it."""

    conversation_id = serializers.UUIDField()
    message_id = serializers.UUIDField()
    text = serializers.CharField()
    answered = serializers.BooleanField()
    confidence = serializers.FloatField()
    sources = SourceShape(many=True)
    contact = ContactShape(required=False)

    class Meta:
        ref_name = "Answer"


class EventStream(JSONRenderer):
    """So that a request may ask for events by `Accept`; errors are JSON all the same."""

    media_type = sse.MEDIA_TYPE
    format = "sse"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question that may be put."""

    asking: Asking
    visitor: Visitor
    door: Door

    async def put(self) -> Feed:
        """Raises NotTaken."""
        return await put_question(self.asking, visitor=self.visitor, door=self.door, address=None)


class Chat(ApiView):
    """Questions of a program."""

    group = "Chat"
    needs = {"POST": "read"}
    opens_context = False
    keeps_answers = False
    renderer_classes = (JSONRenderer, EventStream)

    @operation(
        "ask",
        "Ask a question",
        answer=AnswerShape,
        body=QuestionBody,
        also={(200, sse.MEDIA_TYPE): OpenApiResponse(str, description="OK")},
    )
    def post(self, request: Request, project_id: UUID) -> HttpResponseBase:
        """The answer as a whole, or with `Accept: text/event-stream` as it is given.

        The events are `conversation_id`, `token`, `sources`, `confidence`, and then `done` or
        `error`. A question that is sent again with its Idempotency-Key is answered from the
        record.
        """
        with self.context():
            door = door_of(self.project(project_id))
            if door.is_ending:
                raise refuse(HTTPStatus.CONFLICT, ENDING, code="to_be_deleted")
            asked = self._asked(self.body(QuestionBody), door)
        tell = _events if request.accepted_renderer.format == "sse" else _whole
        return LateResponse(partial(tell, asked))

    def _asked(self, wanted: dict[str, Any], door: Door) -> _Asked:
        key = self.request.headers.get("Idempotency-Key")
        try:
            asking = read_asking(
                question_id=uuid5(self.access.api_key_id, key) if key else uuid4(),
                question=wanted["message"],
                page_url=wanted.get("page_url"),
                context=wanted.get("context"),
            )
        except NoQuestion as refused:
            raise ValidationError({"message": [refused.sentence]}) from None
        visitor = _visitor(wanted, door, asking.id)
        if key and _is_another(asking, visitor):
            raise refuse(HTTPStatus.CONFLICT, REUSED, code="idempotency_key_reused")
        return _Asked(asking, visitor, door)


def _visitor(wanted: dict[str, Any], door: Door, question_id: UUID) -> Visitor:
    """Who asks: in a conversation that there is, or in one that follows from the question's id."""
    if conversation_id := wanted.get("conversation_id"):
        found = Conversation.objects.filter(pk=conversation_id, project_id=door.project_id).first()
        if found is None:
            raise Http404
        return Visitor(found.visitor_id, found.pk, found.channel, is_new=False)
    conversation_id = uuid5(question_id, "conversation")
    name = wanted.get("visitor_id", "").strip()
    visitor_id = visitor_named(name, door.project_id) if name else uuid5(conversation_id, "visitor")
    return Visitor(visitor_id, conversation_id, Channel.API, is_new=True)


def _is_another(asking: Asking, visitor: Visitor) -> bool:
    """Whether something else was asked under this id."""
    asked = Message.objects.filter(
        conversation_id=visitor.conversation_id,
        turn__client_id=asking.id,
        speaker=Speaker.VISITOR,
    )
    before = asked.only("text").first()
    return before is not None and before.text.open() != asking.question


async def _events(asked: _Asked, response: LateResponse) -> AsyncGenerator[bytes, None]:
    try:
        feed = await asked.put()
    except NotTaken as refused:
        yield response.refuse(as_problem(refused.why))
        return
    response.begin(headers=sse.HEADERS)
    yield sse.event("conversation_id", conversation_id=str(asked.visitor.conversation_id))
    async with aclosing(sse.telling(feed, contact=asked.door.contact)) as parts:
        async for part in parts:
            yield part


async def _whole(asked: _Asked, response: LateResponse) -> AsyncGenerator[bytes, None]:
    try:
        feed = await asked.put()
    except NotTaken as refused:
        yield response.refuse(as_problem(refused.why))
        return
    async with aclosing(feed.follow()) as told:
        async for _ in told:
            pass
    if isinstance(feed.end, Finished):
        response.begin(headers={"Content-Type": "application/json"})
        yield json.dumps(_answer(asked, feed, feed.end, asked.door.contact)).encode()
    elif feed.end:
        yield response.refuse(as_problem(feed.end))


def _answer(
    asked: _Asked, feed: Feed, finished: Finished, contact: Contact | None
) -> dict[str, Any]:
    return {
        "conversation_id": str(asked.visitor.conversation_id),
        "message_id": str(feed.started.message_id) if feed.started else None,
        "text": finished.text,
        "answered": finished.is_answered,
        "confidence": finished.confidence,
        "sources": [citation_of(each) for each in feed.citations.items] if feed.citations else [],
        **offer(contact, is_answered=finished.is_answered),
    }
