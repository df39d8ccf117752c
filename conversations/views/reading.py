"""What visitors asked and were told: the list, one conversation, and its deletion."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from conversations.transcripts import (
    Cursor,
    Transcript,
    count_conversations,
    delete_conversation,
    list_conversations,
    read_conversation,
)
from projects.access import MemberRequest, get_project, member_view
from projects.models import Project
from projects.views.frame import render_dialog, render_fragment, render_page

LATEST = 5


@require_safe
@member_view("view")
def conversation_list(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """The project's conversations, the latest first, a page at a time."""
    project = get_project(project_id)
    before = _cursor(request.GET.get("before", ""))
    page = list_conversations(project=project, before=before)
    return render_page(
        request,
        "conversations/list.html",
        room="conversations",
        project=project,
        page=page,
        is_first=before is None,
    )


@require_safe
@member_view("view")
def read(request: MemberRequest, project_id: UUID, conversation_id: UUID) -> HttpResponse:
    """One conversation with all that was cited."""
    project = get_project(project_id)
    transcript = _transcript(project, conversation_id)
    return render_page(
        request,
        "conversations/read.html",
        room="conversations",
        project=project,
        conversation=transcript.conversation,
        lines=transcript.lines,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit")
def delete(request: MemberRequest, project_id: UUID, conversation_id: UUID) -> HttpResponse:
    """Ask whether a conversation is to be deleted, and delete it."""
    project = get_project(project_id)
    transcript = _transcript(project, conversation_id)
    if request.method == "POST":
        delete_conversation(
            project=project,
            conversation_id=conversation_id,
            by=request.access.actor,
            now=timezone.now(),
        )
        messages.success(request, f"The conversation {_label(transcript)} was deleted.")
        return redirect("conversations:list", project.pk)
    return render_dialog(
        request,
        fragment="conversations/_delete.html",
        page="conversations/delete.html",
        room="conversations",
        project=project,
        conversation=transcript.conversation,
    )


@require_safe
@member_view("view")
def panel(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """The project overview's panel about its conversations."""
    project = get_project(project_id)
    return render_fragment(
        request,
        "conversations/_panel.html",
        project=project,
        conversation_count=count_conversations(project=project),
    )


@require_safe
@member_view("view")
def latest(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """The project overview's list of the latest conversations; nothing if there are none."""
    project = get_project(project_id)
    page = list_conversations(project=project, limit=LATEST)
    return render_fragment(request, "conversations/_latest.html", project=project, page=page)


def _transcript(project: Project, conversation_id: UUID) -> Transcript:
    transcript = read_conversation(project=project, conversation_id=conversation_id)
    if transcript is None:
        raise Http404("No such conversation.")
    return transcript


def _cursor(text: str) -> Cursor | None:
    if not text:
        return None
    try:
        return Cursor.parse(text)
    except ValueError:
        raise Http404("No such page.") from None


def _label(transcript: Transcript) -> str:
    question = transcript.conversation.first_question
    if not question:
        return "in which nothing was asked"
    return f"“{question}”" if len(question) <= 60 else f"“{question[:60].rstrip()}…”"
