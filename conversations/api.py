"""/api/v1/projects/{id}/conversations/ and /api/v1/projects/{id}/chat/."""

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpResponseBase
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from askorac.web.api.bodies import Body
from askorac.web.api.cursors import PageQuery, answer_page, read_page
from askorac.web.api.files import CsvFile, JsonLinesFile
from askorac.web.api.schema import operation, page_of
from askorac.web.late import LateResponse
from projects.api_views import ApiView
from projects.models import Project

from . import persons_api
from .chat_api import Chat
from .exporting import MEDIA_TYPES, conversation_as_json, export, row_as_json
from .finding import lacks_words
from .listing import LATEST_FIRST, Wanted, labelled, matching, row_of
from .reads import note_listed, note_read
from .removal import delete_conversation, delete_matching
from .transcripts import read_conversation
from .visitors import visitors_like
from .words import terms_sought


class FilterQuery(Body):
    """Which conversations are wanted."""

    words = serializers.CharField(
        required=False,
        max_length=300,
        help_text="What was said: all of these words, by whomever, each in any of its forms.",
    )
    visitor = serializers.CharField(
        required=False,
        max_length=200,
        help_text="The visitor's id, four or more digits of its beginning, or your own name of it.",
    )
    page = serializers.CharField(
        required=False,
        max_length=500,
        help_text="Words of the page's address, all of them: a host, a path, or parts of either.",
    )
    since = serializers.DateTimeField(required=False, help_text="With a message since then.")
    until = serializers.DateTimeField(required=False, help_text="With no message since then.")
    answered = serializers.ChoiceField(
        choices=["yes", "no", "none"],
        required=False,
        help_text="`yes`: every answer was known, `no`: one was not, `none`: no answer.",
    )
    rating = serializers.ChoiceField(
        choices=["1", "-1"], required=False, help_text="The worst that an answer was given."
    )


class ConversationQuery(PageQuery, FilterQuery):
    """Which page of which conversations is wanted."""


class ExportQuery(FilterQuery):
    """Which conversations are wanted, and as what."""

    kind = serializers.ChoiceField(choices=list(MEDIA_TYPES), required=False, default="jsonl")


class OfVisitorQuery(Body):
    """Whose conversations are meant."""

    visitor = serializers.CharField(
        max_length=200, help_text="The visitor's whole id, or your own name of the visitor."
    )


class ConversationShape(serializers.Serializer[Any]):
    """A conversation. `answered` is false if one answer was not known, null without any."""

    id = serializers.UUIDField()
    visitor_id = serializers.UUIDField()
    channel = serializers.CharField()
    page_url = serializers.CharField()
    started_at = serializers.DateTimeField()
    last_message_at = serializers.DateTimeField()
    first_question = serializers.CharField()
    question_count = serializers.IntegerField()
    unanswered_count = serializers.IntegerField()
    answered = serializers.BooleanField(allow_null=True)
    rating = serializers.IntegerField(allow_null=True)

    class Meta:
        ref_name = "Conversation"


class MessageSourceShape(serializers.Serializer[Any]):
    """What an answer rests on."""

    n = serializers.IntegerField()
    title = serializers.CharField()
    quote = serializers.CharField()
    page = serializers.IntegerField(allow_null=True)
    document_id = serializers.UUIDField()

    class Meta:
        ref_name = "MessageSource"


class UsageShape(serializers.Serializer[Any]):
    """What answered, and what it was counted as, the rewriting of the question included."""

    provider = serializers.CharField()
    model = serializers.CharField()
    input_tokens = serializers.IntegerField(allow_null=True)
    output_tokens = serializers.IntegerField(allow_null=True)
    cost_usd = serializers.DecimalField(
        max_digits=14,
        decimal_places=9,
        allow_null=True,
        help_text="In US dollars at the list prices of its day; null where they are not known.",
    )

    class Meta:
        ref_name = "Usage"


class MessageShape(serializers.Serializer[Any]):
    """What was said. `ended_as` says why an answer ended early; else it is empty."""

    id = serializers.UUIDField()
    role = serializers.CharField()
    text = serializers.CharField()
    at = serializers.DateTimeField()
    answered = serializers.BooleanField(allow_null=True)
    confidence = serializers.FloatField(allow_null=True)
    ended_as = serializers.CharField()
    rating = serializers.IntegerField(allow_null=True)
    comment = serializers.CharField()
    sources = MessageSourceShape(many=True)
    usage = UsageShape(allow_null=True)

    class Meta:
        ref_name = "Message"


class TranscriptShape(ConversationShape):
    """A conversation with all that was said."""

    messages = MessageShape(many=True)

    class Meta:
        ref_name = "Transcript"


class DeletedShape(serializers.Serializer[Any]):
    """How many conversations were deleted."""

    deleted = serializers.IntegerField()

    class Meta:
        ref_name = "Deleted"


class Conversations(ApiView):
    """The conversations of a project."""

    group = "Conversations"
    queries = {"GET": ConversationQuery, "DELETE": OfVisitorQuery}
    opens_context = False

    @operation("list_conversations", "List conversations", answer=page_of(ConversationShape))
    def get(self, request: Request, project_id: UUID) -> Response:
        """Those with the latest message first."""
        with self.context():
            project = self.project(project_id)
        wanted = wanted_of(self.query, project)
        with self.context():
            if wanted.terms:
                lacks_words(project.pk, now=timezone.now())
            page = read_page(
                labelled(matching(project, wanted)),
                order=LATEST_FIRST,
                query=self.query,
            )
            note_listed(
                project=project,
                count=len(page.rows),
                by=self.access.actor,
                now=timezone.now(),
                is_search=bool(wanted.terms),
            )
            return answer_page(request, page, lambda found: row_as_json(row_of(found)))

    @operation("delete_conversations", "Delete a visitor's conversations", answer=DeletedShape)
    def delete(self, request: Request, project_id: UUID) -> Response:
        """All of one visitor's, with all that was said. Deletion can't be undone."""
        with self.context():
            project = self.project(project_id)
        named = self.query["visitor"]
        deleted = delete_matching(
            project=project,
            wanted=Wanted(visitors=visitors_like(named, project_id, is_whole=True)),
            by=self.access.actor,
            now=timezone.now(),
        )
        return Response({"deleted": deleted})


class OneConversation(ApiView):
    """One conversation."""

    group = "Conversations"

    @operation("get_conversation", "Read a conversation", answer=TranscriptShape)
    def get(self, request: Request, project_id: UUID, conversation_id: UUID) -> Response:
        """With all that was said, in order."""
        project = self.project(project_id)
        transcript = read_conversation(project=project, conversation_id=conversation_id)
        if transcript is None:
            raise Http404
        note_read(
            project=project,
            conversation_id=conversation_id,
            by=self.access.actor,
            now=timezone.now(),
        )
        return Response(conversation_as_json(transcript))

    @operation("delete_conversation", "Delete a conversation", status=HTTPStatus.NO_CONTENT)
    def delete(self, request: Request, project_id: UUID, conversation_id: UUID) -> Response:
        """With all that was said. Deletion can't be undone."""
        is_deleted = delete_conversation(
            project=self.project(project_id),
            conversation_id=conversation_id,
            by=self.access.actor,
            now=timezone.now(),
        )
        if not is_deleted:
            raise Http404
        return Response(status=HTTPStatus.NO_CONTENT)


class Export(ApiView):
    """The conversations of a project, as a file."""

    group = "Conversations"
    queries = {"GET": ExportQuery}
    opens_context = False
    renderer_classes = (JSONRenderer, CsvFile, JsonLinesFile)

    @operation(
        "export_conversations",
        "Export conversations",
        answer=str,
        media_type="text/csv",
        also={(200, "application/x-ndjson"): OpenApiResponse(str, description="OK")},
    )
    def get(self, request: Request, project_id: UUID) -> HttpResponseBase:
        """As JSON Lines, one conversation a line, or as CSV, one message a row, latest first.

        The file is made while it is sent, so that its size is no matter.
        """
        with self.context():
            project = self.project(project_id)
        kind = self.query["kind"]
        made = export(
            project=project,
            wanted=wanted_of(self.query, project),
            kind=kind,
            by=self.access.actor,
            now=timezone.now(),
        )
        response = LateResponse(lambda _: made)
        response.begin(headers={"Content-Type": MEDIA_TYPES[kind], "X-Accel-Buffering": "no"})
        return response


def wanted_of(query: Any, project: Project) -> Wanted:
    """What the parameters ask for. Raises KeyRevoked, or KeysAway, if words are asked for."""
    visitor, rating = query.get("visitor"), query.get("rating")
    return Wanted(
        visitors=visitors_like(visitor, project.pk) if visitor else None,
        terms=terms_sought(
            project.organization_id, words=query.get("words", ""), page=query.get("page", "")
        ),
        since=query.get("since"),
        until=query.get("until"),
        answered=query.get("answered", ""),
        rating=int(rating) if rating else None,
    )


_OF_PROJECT: Final = "projects/<uuid:project_id>"
urlpatterns = [
    *persons_api.urlpatterns,
    path(f"{_OF_PROJECT}/chat/", Chat.as_view(), name="chat"),
    path(f"{_OF_PROJECT}/conversations/", Conversations.as_view(), name="conversations"),
    path(f"{_OF_PROJECT}/conversations/export/", Export.as_view(), name="conversations_export"),
    path(
        f"{_OF_PROJECT}/conversations/<uuid:conversation_id>/",
        OneConversation.as_view(),
        name="conversation",
    ),
]
