"""What visitors asked and were told: the list and its filters, one conversation, what is wrong."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from conversations.finding import lacks_words
from conversations.forms import FilterForm
from conversations.listing import ConversationPage, count_conversations, list_conversations
from conversations.reads import note_listed, note_read
from conversations.transcripts import Transcript, read_conversation
from conversations.trouble import find_trouble
from projects.access import MemberRequest, get_project, member_view
from projects.models import Project
from projects.views.frame import is_fragment_wanted, render_fragment, render_page

LATEST = 5


@require_safe
@member_view("conversations.read")
def conversation_list(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """The conversations that are looked for, the latest first, a page at a time."""
    project = get_project(project_id)
    before = request.GET.get("before")
    form = FilterForm(request.GET)
    query = form.query()
    wanted = form.wanted(project)
    page = list_conversations(project=project, wanted=wanted, before=before)
    _note_listed(request, project, page, is_search=bool(wanted.terms))
    context: dict[str, Any] = {
        "page": page,
        "lacks_words": bool(wanted.terms) and lacks_words(project.pk, now=timezone.now()),
        "is_first": not before,
        "form": form,
        "query": query,
    }
    if is_fragment_wanted(request):
        return render_fragment(request, "conversations/_found.html", project=project, **context)
    return render_page(
        request,
        "conversations/list.html",
        room="conversations",
        project=project,
        trouble=find_trouble(project.pk),
        **context,
    )


@require_safe
@member_view("conversations.read")
def read(request: MemberRequest, project_id: UUID, conversation_id: UUID) -> HttpResponse:
    """One conversation with all that was cited."""
    project = get_project(project_id)
    transcript = _transcript(project, conversation_id)
    note_read(
        project=project,
        conversation_id=conversation_id,
        by=request.access.actor,
        now=timezone.now(),
    )
    return render_page(
        request,
        "conversations/read.html",
        room="conversations",
        project=project,
        conversation=transcript.conversation,
        lines=transcript.lines,
        cost=transcript.cost,
    )


@require_safe
@member_view("project.view")
def panel(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """The project overview's panel about its conversations; without their number for whom they
    are none of their business."""
    project = get_project(project_id)
    may_read = request.access.may("conversations.read")
    count = count_conversations(project=project) if may_read else 0
    return render_fragment(
        request, "conversations/_panel.html", project=project, conversation_count=count
    )


@require_safe
@member_view("project.view")
def latest(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """The project overview's list of the latest conversations; nothing if there are none, or
    if the member may not read them."""
    project = get_project(project_id)
    may_read = request.access.may("conversations.read")
    page = list_conversations(project=project, limit=LATEST) if may_read else None
    if page is not None:
        _note_listed(request, project, page)
    return render_fragment(request, "conversations/_latest.html", project=project, page=page)


@require_safe
@member_view("project.view")
def trouble(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """The project overview's notice about a provider that fails; nothing if none does."""
    project = get_project(project_id)
    return render_fragment(
        request,
        "conversations/_trouble.html",
        project=project,
        trouble=find_trouble(project.pk),
    )


def _note_listed(
    request: MemberRequest, project: Project, page: ConversationPage, *, is_search: bool = False
) -> None:
    note_listed(
        project=project,
        count=len(page.rows),
        by=request.access.actor,
        now=timezone.now(),
        is_search=is_search,
    )


def _transcript(project: Project, conversation_id: UUID) -> Transcript:
    transcript = read_conversation(project=project, conversation_id=conversation_id)
    if transcript is None:
        raise Http404("No such conversation.")
    return transcript
