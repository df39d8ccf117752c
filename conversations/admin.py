"""Conversations and turns for our staff: when, how long, by which model, and not a word of them,
unless their organization has let one of our staff in."""

from datetime import date
from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from askorac.staff.metadata import MetadataAdmin
from askorac.staff.pages import page, render_page
from askorac.staff.reading import content_read
from keys.provider_health import open_circuits

from .models import Conversation, Turn, Usage
from .provider_faults import answers_of_late
from .staff_reading import list_for_staff, read_for_staff
from .usage import usage_of_month, usage_of_organization


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


@admin.register(Usage)
class UsageAdmin(MetadataAdmin):
    is_large = True
    list_display = (
        "month",
        "organization",
        "answers",
        "failures",
        "input_tokens",
        "output_tokens",
        "cost",
    )
    list_filter = ("month",)
    ordering = ("-month",)


@page("usage/", name="usage")
@require_safe
def usage(request: HttpRequest) -> HttpResponse:
    """The organizations that used most in a month."""
    month = _month(request)
    before = date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)
    return render_page(
        request,
        "staff/usage.html",
        title=f"Usage in {month:%B %Y}",
        used=usage_of_month(month),
        before=before,
    )


@page("usage/<uuid:organization_id>/", name="usage_of")
@require_safe
def usage_of(request: HttpRequest, organization_id: UUID) -> HttpResponse:
    """The months of one organization."""
    return render_page(
        request,
        "staff/usage.html",
        title="Usage of an organization",
        used=usage_of_organization(organization_id),
        organization_id=organization_id,
    )


@page("providers/", name="providers")
@require_safe
def providers(request: HttpRequest) -> HttpResponse:
    """How providers have answered in the last hour, and which are left alone."""
    return render_page(
        request,
        "staff/providers.html",
        title="Providers",
        answers=answers_of_late(now=timezone.now()),
        circuits=open_circuits(),
    )


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


def _month(request: HttpRequest) -> date:
    """The month that the address names, as 2026-11; this one for whatever is none."""
    today = timezone.now().date()
    try:
        return date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        return today.replace(day=1)
