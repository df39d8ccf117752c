"""Which models a project uses, the choice of them, and where its data flows."""

from typing import Final
from uuid import UUID

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from askorac.tenancy.context import tenant
from keys.choices import choice_of
from keys.choosing import Wanted, choose_models, chosen_of, embedded_by, move_of
from keys.clients import models_of
from keys.data_flow import flow_of
from keys.forms import ModelsForm
from keys.offering import offers_of
from projects.access import MemberRequest, get_project, member_view
from projects.views.frame import is_fragment_wanted, render_fragment, render_page

SAVED: Final = "The models of this project were saved."


@require_safe
@member_view("project.view")
def models(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """The models' names, and the score under which the embedding model calls nothing near."""
    project = get_project(project_id)
    facts = models_of(project)
    if is_fragment_wanted(request):
        return render_fragment(request, "keys/_models.html", project=project, models=facts)
    return render_page(request, "keys/models.html", room="settings", project=project, models=facts)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("keys.manage")
def choose(request: MemberRequest, project_id: UUID) -> HttpResponseBase:
    """Choose the models that answer and embed."""
    project = get_project(project_id)
    chosen = chosen_of(project)
    initial = {"chat": chosen.chat, "fallback": chosen.fallback, "embedding": chosen.embedding}
    embeds_here = "embed_here" in request.POST
    typed = initial | {"embedding": "local"} if embeds_here else request.POST or None
    form = ModelsForm(typed, initial=initial)
    if form.is_valid():
        try:
            wanted = Wanted(**form.cleaned_data)
            choose_models(project=project, wanted=wanted, by=request.access.actor, now=_now())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, SAVED)
            return redirect("keys:choose", project_id=project_id)
    choice = choice_of(project.organization_id, project.pk)
    return render_page(
        request,
        "keys/choose.html",
        room="settings",
        project=project,
        form=form,
        models=models_of(project),
        move=move_of(project),
        embedded_by=embedded_by(project),
        keys=choice.keys,
        is_held=choice.is_held,
        status=422 if form.errors else 200,
    )


@require_safe
@member_view("keys.manage")
def move(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """How far the documents are on their way to another embedding model."""
    project = get_project(project_id)
    if not is_fragment_wanted(request):
        return redirect("keys:choose", project_id=project_id)
    return render_fragment(request, "keys/_move.html", project=project, move=move_of(project))


@require_safe
@member_view("keys.manage", is_held=False)
def offers(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """What can be chosen, as the providers list it now; they are asked with no context open."""
    organization_id = request.access.organization.pk
    with tenant(organization_id):
        project = get_project(project_id)
    found = async_to_sync(offers_of)(organization_id, project_id)
    return render_fragment(request, "keys/_offers.html", project=project, offers=found)


@require_safe
@member_view("project.view")
def data_flow(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """Who sees what of a project, under whose account and where, and what is kept."""
    project = get_project(project_id)
    flow = flow_of(project, now=timezone.now())
    return render_page(request, "keys/data_flow.html", room="settings", project=project, flow=flow)


_now = timezone.now
