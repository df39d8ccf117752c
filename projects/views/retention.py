"""How long content is kept: the rules, what would go by others, and what stops them."""

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models.functions import Lower
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from projects.access import MemberRequest, get_project, member_view
from projects.models import Content, Project
from projects.reauthentication import reauthenticated, reauthenticated_button
from projects.receipts import words_of
from projects.retention.holds import (
    StandingHold,
    get_hold,
    lift_hold,
    list_holds,
    place_hold,
    standing_hold,
)
from projects.retention.purging import last_run, planned_at, preview
from projects.retention.rules import Rule, change_rules, rules_of
from projects.retention_forms import HoldForm, RulesForm

from .frame import render_dialog, render_page

ROOM: Final = "retention"
SAVED: Final = "The rules were saved. Nothing goes within the next 15 minutes."
UNCHANGED: Final = "These are the rules already."
PLACED: Final = "The hold stands: no rule erases anything of it."
LIFTED: Final = "The hold was lifted. The rules hold again."


@require_safe
@member_view("retention.manage")
def retention(request: MemberRequest, project_id: UUID | None = None) -> HttpResponse:
    """The rules of the organization, or of one project, with the holds that stand."""
    project = None if project_id is None else get_project(project_id)
    return _page(request, project, _form(request, project, is_sent=False))


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("retention.manage")
@reauthenticated
def confirm(request: MemberRequest, project_id: UUID | None = None) -> HttpResponse:
    """What would go by other rules, and those in the place of the old ones."""
    project = None if project_id is None else get_project(project_id)
    if request.method != "POST" and not request.GET:
        return _back(project)
    form = _form(request, project, is_sent=True)
    if not form.is_valid():
        return _page(request, project, form)
    if request.method == "POST":
        return _save(request, project, form)
    return _preview(request, project, form)


@require_http_methods(["POST"])
@member_view("retention.manage")
def hold(request: MemberRequest) -> HttpResponse:
    """Place a hold, on a project or on the whole organization."""
    projects = _projects(request)
    form = HoldForm(request.POST, projects=projects)
    if form.is_valid():
        chosen = form.cleaned_data["project"]
        project = next((each for each in projects if str(each.pk) == chosen), None)
        try:
            place_hold(
                project=project,
                reason=form.cleaned_data["reason"],
                by=request.access.actor,
                now=timezone.now(),
            )
        except ValidationError as error:
            form.add_error("reason", error)
        else:
            messages.success(request, PLACED)
            return redirect("projects:retention")
    return _page(request, None, _form(request, None, is_sent=False), hold_form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("retention.manage", while_ending=True)  # else the deletion waits for ever
@reauthenticated_button(back="projects:retention")
def lift(request: MemberRequest, hold_id: UUID) -> HttpResponse:
    """Ask whether a hold is to be lifted, and lift it."""
    row = get_hold(hold_id)
    if row is None or not _is_there(request, row.project_id):
        raise Http404("No such hold.")
    if request.method == "POST":
        if lift_hold(hold=row, by=request.access.actor, now=timezone.now()):
            messages.success(request, LIFTED)
        return redirect("projects:retention")
    return render_dialog(
        request,
        fragment="projects/_lift_hold.html",
        page="projects/lift_hold.html",
        room=ROOM,
        project=None,
        hold=standing_hold(row),
        ending_at=request.access.organization.deletes_at
        or (None if row.project is None else row.project.deletes_at),
    )


def _form(request: MemberRequest, project: Project | None, *, is_sent: bool) -> RulesForm:
    sent = request.POST if request.method == "POST" else request.GET
    return RulesForm(
        sent if is_sent else None,
        ruled=rules_of(None if project is None else project.pk),
        of_organization=None if project is None else rules_of(),
    )


def _preview(request: MemberRequest, project: Project | None, form: RulesForm) -> HttpResponse:
    held = rules_of(None if project is None else project.pk)
    inherited, wanted = rules_of(), form.wanted()
    rules = {content: rule or inherited[content].rule for content, rule in wanted.items()}
    changed = {c: rule for c, rule in rules.items() if _is_changed(held[c], wanted[c], project)}
    if not changed:
        messages.info(request, UNCHANGED)
        return _back(project)
    seen = preview(wanted=changed, project=project, now=timezone.now())
    return render_page(
        request,
        "projects/retention_confirm.html",
        room="settings" if project else ROOM,
        project=project,
        form=form,
        seen=seen,
        changes=[
            (each, held[each.content].rule, wanted[each.content] is None) for each in seen.contents
        ],
    )


def _is_changed(held: Any, wanted: Rule | None, project: Project | None) -> bool:
    if project is None:
        return bool(wanted != held.rule)
    return bool(wanted != (held.rule if held.is_own else None))


def _save(request: MemberRequest, project: Project | None, form: RulesForm) -> HttpResponse:
    is_changed = change_rules(
        wanted=form.wanted(), project=project, by=request.access.actor, now=timezone.now()
    )
    messages.success(request, SAVED if is_changed else UNCHANGED)
    return _back(project)


def _back(project: Project | None) -> HttpResponse:
    if project is None:
        return redirect("projects:retention")
    return redirect("projects:project_retention", project.pk)


def _page(
    request: MemberRequest,
    project: Project | None,
    form: RulesForm,
    *,
    hold_form: HoldForm | None = None,
) -> HttpResponse:
    is_refused = form.errors or (hold_form is not None and hold_form.errors)
    last = last_run()
    template = "retention_of_project" if project else "retention"
    return render_page(
        request,
        f"projects/{template}.html",
        room="settings" if project else ROOM,
        project=project,
        form=form,
        hold_form=hold_form or HoldForm(None, projects=_projects(request)),
        holds=_holds(request, project),
        last=last,
        purged=[(count, words_of(name, count)) for name, count in sorted(last.counts.items())]
        if last
        else [],
        next_at=planned_at(),
        own=_projects_with_rules(request),
        status=HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else HTTPStatus.OK,
    )


def _projects(request: MemberRequest) -> list[Project]:
    return list(request.access.visible_projects().order_by(Lower("name"), "id"))


def _projects_with_rules(request: MemberRequest) -> list[Project]:
    own = request.access.visible_projects().filter(retentionrule__content__in=Content.values)
    return list(own.distinct().order_by("name", "id"))


def _holds(request: MemberRequest, project: Project | None) -> list[StandingHold]:
    """Those of projects that are there for the member, and of all."""
    standing = list_holds(project_id=None if project is None else project.pk)
    return [each for each in standing if _is_there(request, each.project_id)]


def _is_there(request: MemberRequest, project_id: UUID | None) -> bool:
    return project_id is None or request.access.sees(project_id)
