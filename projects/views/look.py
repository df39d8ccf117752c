"""How a project's assistant looks to visitors, with the assistant itself beside the form."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from projects.access import MemberRequest, get_project, member_view
from projects.avatars import MOST_BYTES, TOO_HEAVY, avatar_digest, remove_avatar, set_avatar
from projects.colours import contrast, palette
from projects.look import Look, change_look
from projects.look_forms import AvatarForm, LookForm
from projects.models import Project

from .frame import render_page


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("project.edit")
def look(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """The form of what visitors see before they ask."""
    project = get_project(project_id)
    form = LookForm(request.POST or None, initial=LookForm.initial_of(Look.of(project)))
    if form.is_valid():
        try:
            names = change_look(
                project=project, look=form.look(), by=request.access.actor, now=timezone.now()
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _saved(names))
            return redirect("projects:look", project.pk)
    return _page(request, project, form=form, status=422 if form.errors else 200)


@require_POST
@member_view("project.edit")
def avatar(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """Another picture of the assistant."""
    project = get_project(project_id)
    form = AvatarForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            upload = _read(form.cleaned_data["picture"])
            set_avatar(project=project, upload=upload, by=request.access.actor, now=timezone.now())
        except ValidationError as error:
            form.add_error("picture", error)
        else:
            messages.success(request, "The assistant has a new picture.")
            return redirect("projects:look", project.pk)
    return _page(request, project, avatar_form=form, status=422)


@require_POST
@member_view("project.edit")
def without_avatar(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """No picture any more."""
    project = get_project(project_id)
    remove_avatar(project=project, by=request.access.actor, now=timezone.now())
    messages.success(request, "The assistant has no picture now.")
    return redirect("projects:look", project.pk)


def _page(request: MemberRequest, project: Project, status: int, **forms: Any) -> HttpResponse:
    colours = palette(project.accent)
    return render_page(
        request,
        "projects/look.html",
        room="look",
        project=project,
        status=status,
        form=forms.get("form") or LookForm(initial=LookForm.initial_of(Look.of(project))),
        avatar_form=forms.get("avatar_form") or AvatarForm(),
        avatar_digest=avatar_digest(project),
        colours=colours,
        contrast=contrast(colours.accent, colours.on),
    )


def _read(upload: "UploadedFile[bytes]") -> bytes:
    if upload.size is None or upload.size > MOST_BYTES:
        raise ValidationError(TOO_HEAVY)
    data: bytes = upload.read()
    return data


def _saved(names: tuple[str, ...]) -> str:
    if not names:
        return "Nothing was different, so nothing was changed."
    return "The look was saved. Visitors see it when they open the assistant next."
