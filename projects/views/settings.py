"""The settings of a project: groups of fields, each saved by itself."""

from dataclasses import asdict, replace
from typing import Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from projects.access import MemberRequest, get_project, member_view
from projects.forms import AnswersForm, GeneralForm
from projects.models import Project
from projects.settings import ChangedMeanwhile, Settings, update_settings

from .frame import render_page

FORMS: Final[dict[str, type[forms.Form]]] = {"general": GeneralForm, "answers": AnswersForm}
LABELS: Final = {
    "name": "name",
    "instructions": "instructions",
    "answer_floor": "threshold",
    "unanswered_text": "text without an answer",
    "contact_label": "contact",
    "contact_url": "contact's address",
}
QUARREL: Final = (
    "Somebody else has changed this meanwhile. What you typed is kept here and not saved yet: "
    "save it again to put it in the place of theirs."
)
THEIRS: Final = "Changed meanwhile to: %(theirs)s"


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("project.edit")
def settings(request: MemberRequest, project_id: UUID) -> HttpResponseBase:
    """All settings on one page; a group that is sent is saved, the others stay as they are."""
    project = get_project(project_id)
    if request.method == "POST":
        return _save(request, project)
    return _page(request, project)


def _save(request: MemberRequest, project: Project) -> HttpResponseBase:
    group = request.POST.get("group", "")
    if group not in FORMS:
        raise BadRequest("No such group of settings.")
    form = FORMS[group](request.POST)
    seen = _read_seen(request.POST.get("seen", ""), project)
    if form.is_valid():
        try:
            names = update_settings(
                project=project,
                seen=seen,
                wanted=replace(seen, **form.cleaned_data),
                by=request.access.actor,
                now=timezone.now(),
            )
        except ValidationError as error:
            form.add_error(None, error)
        except ChangedMeanwhile as changed:
            seen = Settings.of(project)
            _say_who_was_first(form, changed.names, seen)
        else:
            messages.success(request, _saved(names))
            return redirect(f"{request.path}#{group}")
    return _page(request, project, group=group, form=form, seen=seen)


def _page(
    request: MemberRequest,
    project: Project,
    *,
    group: str = "",
    form: forms.Form | None = None,
    seen: Settings | None = None,
) -> HttpResponse:
    """The page; of a group that could not be saved, with what was typed."""
    now = Settings.of(project)
    shown = {name: FORMS[name](initial=asdict(now)) for name in FORMS}
    if form is not None:
        shown[group] = form
    return render_page(
        request,
        "projects/settings.html",
        room="settings",
        project=project,
        general=shown["general"],
        answers=shown["answers"],
        seen=_write_seen(seen or now, project),
        status=422 if form is not None else 200,
    )


def _say_who_was_first(form: forms.Form, names: tuple[str, ...], now: Settings) -> None:
    form.add_error(None, QUARREL)
    for name in names:
        value = getattr(now, name)
        theirs = "nothing" if value in {"", None} else str(value)
        form.add_error(name, ValidationError(THEIRS, params={"theirs": theirs}))


def _write_seen(settings: Settings, project: Project) -> str:
    """What the page shows, for it to bring along when it is sent."""
    return signing.dumps(asdict(settings), salt=f"settings {project.pk}", compress=True)


def _read_seen(text: str, project: Project) -> Settings:
    try:
        return Settings(**signing.loads(text, salt=f"settings {project.pk}"))
    except (signing.BadSignature, TypeError):
        raise BadRequest("The form was not sent by its page.") from None


def _saved(names: tuple[str, ...]) -> str:
    if not names:
        return "Nothing was different, so nothing was changed."
    return f"Saved: {', '.join(LABELS[name] for name in names)}."
