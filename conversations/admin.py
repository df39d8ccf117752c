"""Conversations and turns for our staff: when, how long, by which model, and not a word of them,
unless their organization has let one of our staff in."""

from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from askorac.staff.metadata import MetadataAdmin
from askorac.staff.pages import page, render_page
from askorac.staff.reading import content_read

from .models import Conversation, Turn
from .staff_reading import list_for_staff, read_for_staff


@admin.register(Conversation)
class ConversationAdmin(MetadataAdmin):
    is_large = True
    list_display = (
        "short_id",
        "organization",
        "project_id",
        "channel",
        "question_count",
        "unanswered_count",
        "started_at",
        "last_message_at",
    )
    list_filter = ("channel", "started_at")
    ordering = ("-started_at",)


@admin.register(Turn)
class TurnAdmin(MetadataAdmin):
    is_large = True
    list_display = (
        "short_id",
        "organization",
        "state",
        "code",
        "provider",
        "model",
        "input_tokens",
        "output_tokens",
        "started_at",
        "finished_at",
    )
    list_filter = ("state", "started_at")
    ordering = ("-started_at",)


@page(
    "access/<uuid:organization_id>/projects/<uuid:project_id>/conversations/",
    name="read_conversations",
    is_fresh=True,
)
@require_safe
def read_conversations(
    request: HttpRequest, organization_id: UUID, project_id: UUID
) -> HttpResponse:
    """The conversations of a project, page by page, under a grant."""
    with content_read(
        request,
        organization_id=organization_id,
        kind="conversations",
        target_id=project_id,
    ):
        listed = list_for_staff(
            organization_id=organization_id,
            project_id=project_id,
            before=request.GET.get("before"),
        )
        return render_page(
            request,
            "staff/conversations.html",
            title="Conversations",
            listed=listed,
            organization_id=organization_id,
            project_id=project_id,
        )


@page(
    "access/<uuid:organization_id>/conversations/<uuid:conversation_id>/",
    name="read_conversation",
    is_fresh=True,
)
@require_safe
def read_conversation(
    request: HttpRequest, organization_id: UUID, conversation_id: UUID
) -> HttpResponse:
    """What was said in one conversation, under a grant."""
    with content_read(
        request,
        organization_id=organization_id,
        kind="conversation",
        target_id=conversation_id,
    ):
        lines = read_for_staff(organization_id=organization_id, conversation_id=conversation_id)
        if not lines:
            raise Http404("No such conversation.")
        return render_page(
            request,
            "staff/conversation.html",
            title="Conversation",
            lines=lines,
            organization_id=organization_id,
        )
