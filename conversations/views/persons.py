"""Requests of persons: a visitor is found, given out as a file, and erased."""

from typing import Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from askorac.tenancy.context import tenant
from askorac.web.late import LateResponse
from conversations.forms import PersonForm
from conversations.incoming import read_uuid
from conversations.persons import Chosen, Person, erase_person, export_persons, find_persons
from projects.access import MemberRequest, member_view
from projects.models import Project
from projects.reauthentication import reauthenticated
from projects.retention.holds import Held, is_held
from projects.views.frame import render_dialog, render_page

ROOM: Final = "retention"
MOST_CHOSEN: Final = 50
NOBODY: Final = "Choose whom you mean first."
# What is done with those who are chosen, by the button.
_THEN: Final = {"erase": "conversations:erase_persons", "export": "conversations:export_persons"}
NOTHING_LEFT: Final = "There was nothing of it any more."


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("retention.manage", is_held=False)
def persons(request: MemberRequest) -> HttpResponse:
    """Look for a visitor. What is looked for is sent in a body: no address and no log has it. So
    those who are chosen are sent along with it, and the search is there again if nobody is."""
    if (then := _THEN.get(request.POST.get("then", ""))) and "chosen" in request.POST:
        query = urlencode({"chosen": request.POST.getlist("chosen")}, doseq=True)
        return redirect(f"{reverse(then)}?{query}")
    form = PersonForm(request.POST or None)
    projects = _projects(request)
    found: list[Person] | None = None
    if form.is_valid():
        found = find_persons(sought=form.cleaned_data["sought"], projects=projects)
    with tenant(request.access.organization.pk):
        return render_page(
            request,
            "conversations/persons.html",
            room=ROOM,
            form=form,
            found=found,
            nobody_chosen=NOBODY if then else "",
            status=422 if form.errors or then else 200,
        )


@require_safe
@member_view("retention.manage", is_held=False)
def export(request: MemberRequest) -> HttpResponseBase:
    """All that is kept of the chosen visitors, as one file."""
    chosen = _chosen(request)
    if not chosen:
        messages.info(request, NOBODY)
        return redirect("conversations:persons")
    by, now = request.access.actor, timezone.now()
    response = LateResponse(lambda _: export_persons(chosen=chosen, by=by, now=now))
    response.begin(
        headers={
            "Content-Type": "application/json",
            "Content-Disposition": f'attachment; filename="visitor-{now:%Y-%m-%d}.json"',
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
        }
    )
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("retention.manage", is_held=False)
@reauthenticated
def erase(request: MemberRequest) -> HttpResponse:
    """Ask whether the chosen visitors are to be erased, and erase them."""
    chosen = _chosen(request)
    if not chosen:
        messages.info(request, NOBODY)
        return redirect("conversations:persons")
    if request.method == "POST":
        return _erase(request, chosen)
    with tenant(request.access.organization.pk):
        return render_dialog(
            request,
            fragment="conversations/_erase_person.html",
            page="conversations/erase_person.html",
            room=ROOM,
            project=None,
            query=request.GET.urlencode(),
            count=sum(each.conversations.count() for each in chosen),
            is_held=any(is_held(each.project.pk) for each in chosen),
        )


def _erase(request: MemberRequest, chosen: list[Chosen]) -> HttpResponse:
    given = []
    try:
        for each in chosen:
            given += erase_person(chosen=each, by=request.access.actor, now=timezone.now())
    except Held as held:
        messages.error(request, str(held))
        return redirect("conversations:persons")
    if not given:
        messages.info(request, NOTHING_LEFT)
        return redirect("conversations:persons")
    count = sum(receipt.document["counts"]["conversations"] for receipt in given)
    what = "conversation was" if count == 1 else "conversations were"
    messages.success(request, f"{count:,} {what} erased. The receipt stands at the top.")
    return redirect("projects:receipts")


def _projects(request: MemberRequest) -> list[Project]:
    with tenant(request.access.organization.pk):
        return list(request.access.visible_projects())


def _chosen(request: MemberRequest) -> list[Chosen]:
    """The visitors that the address names, of projects that are there for the member."""
    projects = {project.pk: project for project in _projects(request)}
    pairs = [key.partition(":") for key in request.GET.getlist("chosen")[:MOST_CHOSEN]]
    named = [(read_uuid(project), read_uuid(visitor)) for project, _, visitor in pairs]
    return [
        Chosen(projects[project], visitor)
        for project, visitor in named
        if project in projects and visitor is not None
    ]
