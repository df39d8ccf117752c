"""Conversations leave: one, those that were chosen, all that a list shows, or as a file."""

from functools import partial
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_safe

from askorac.tenancy.context import tenant
from askorac.web.late import LateResponse
from conversations.exporting import MEDIA_TYPES, export
from conversations.forms import FilterForm
from conversations.incoming import read_uuid
from conversations.listing import PAGE, Wanted, count_conversations
from conversations.reads import note_read
from conversations.removal import delete_chosen, delete_conversation, delete_matching
from conversations.transcripts import Transcript, read_conversation
from projects.access import MemberRequest, get_project, member_view
from projects.models import Project
from projects.reauthentication import reauthenticated
from projects.views.frame import render_dialog

MOST_COUNTED: Final = 10_000


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("conversations.delete")
@reauthenticated
def delete(request: MemberRequest, project_id: UUID, conversation_id: UUID) -> HttpResponse:
    """Ask whether a conversation is to be deleted, and delete it."""
    project = get_project(project_id)
    transcript = read_conversation(project=project, conversation_id=conversation_id)
    if transcript is None:
        raise Http404("No such conversation.")
    if request.method == "POST":
        delete_conversation(
            project=project,
            conversation_id=conversation_id,
            by=request.access.actor,
            now=timezone.now(),
        )
        messages.success(request, f"The conversation {_label(transcript)} was deleted.")
        return redirect("conversations:list", project.pk)
    note_read(
        project=project,
        conversation_id=conversation_id,
        by=request.access.actor,
        now=timezone.now(),
    )
    return render_dialog(
        request,
        fragment="conversations/_delete.html",
        page="conversations/delete.html",
        room="conversations",
        project=project,
        conversation=transcript.conversation,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("conversations.delete", is_held=False)
@reauthenticated
def delete_many(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """Ask whether many conversations are to be deleted, and delete them.

    The address names them: by `chosen` ids, or by `all` and the filters of the list.
    """
    with tenant(request.access.organization.pk):
        project = get_project(project_id)
        if request.method != "POST":
            return _ask_for_many(request, project)
    deleted = _delete_many(request, project)
    messages.success(request, f"{_many(deleted)} deleted.")
    return redirect("conversations:list", project.pk)


@require_safe
@member_view("conversations.read")
def export_conversations(request: MemberRequest, project_id: UUID) -> HttpResponseBase:
    """The conversations that the list would show, as a file."""
    project = get_project(project_id)
    kind = request.GET.get("kind", "csv")
    if kind not in MEDIA_TYPES:
        raise Http404("No such kind of file.")
    now = timezone.now()
    wanted = _wanted(request, project)
    make = partial(
        export, project=project, wanted=wanted, kind=kind, by=request.access.actor, now=now
    )
    response = LateResponse(lambda _: make())
    name = f"conversations-{slugify(project.name) or 'project'}-{now:%Y-%m-%d}.{kind}"
    headers = {
        "Content-Type": MEDIA_TYPES[kind],
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",
    }
    response.begin(headers=headers)
    return response


def _ask_for_many(request: MemberRequest, project: Project) -> HttpResponse:
    form, chosen = FilterForm(request.GET), _chosen(request)
    count = len(chosen)
    if "all" in request.GET:
        wanted = _wanted(request, project)
        count = count_conversations(project=project, wanted=wanted, most=MOST_COUNTED)
    context: dict[str, Any] = {
        "count": count,
        "has_more": count == MOST_COUNTED,
        "is_everything": "all" in request.GET and not form.query(),
        "query": request.GET.urlencode(),
    }
    return render_dialog(
        request,
        fragment="conversations/_delete_many.html",
        page="conversations/delete_many.html",
        room="conversations",
        project=project,
        **context,
    )


def _delete_many(request: MemberRequest, project: Project) -> int:
    by, now = request.access.actor, timezone.now()
    if "all" in request.GET:
        wanted = _wanted(request, project)
        return delete_matching(project=project, wanted=wanted, by=by, now=now)
    with tenant(project.organization_id):
        return delete_chosen(project=project, ids=_chosen(request), by=by, now=now)


def _wanted(request: MemberRequest, project: Project) -> Wanted:
    """What the filters ask for. One that can't be read is no wish for everything: BadRequest."""
    form = FilterForm(request.GET)
    if not form.is_valid():
        raise BadRequest("A filter in this address can't be read.")
    return form.wanted(project)


def _chosen(request: MemberRequest) -> list[UUID]:
    """The ids of one page of the list at most; what is no id is none of it."""
    ids = (read_uuid(text) for text in request.GET.getlist("chosen")[:PAGE])
    return [each for each in ids if each]


def _many(count: int) -> str:
    return f"{count:,} conversation{' was' if count == 1 else 's were'}"


def _label(transcript: Transcript) -> str:
    question = transcript.conversation.first_question
    if not question:
        return "in which nothing was asked"
    return f"“{question}”" if len(question) <= 60 else f"“{question[:60].rstrip()}…”"
