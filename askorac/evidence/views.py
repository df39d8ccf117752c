"""The pages of the evidence: for everybody, and one for an organization's own people."""

import json
from datetime import timedelta
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from askorac.tenancy.context import tenant
from projects.access import MemberRequest, access_of, member_view
from projects.models import User
from projects.switching import choice_of
from projects.views.frame import render_page

from .documents import as_page, document, security_txt
from .facts import contact, read_facts
from .models import Kind, Run
from .own_facts import read_own_facts
from .reading import parts_of
from .runs import ANYBODY_EVERY, MEMBERS_EVERY, ask, is_under_way, last_found
from .tasks import wake

PLAIN = "text/plain; charset=utf-8"
NO_CONTACT = "Nobody is named here. Whoever runs this installation sets SECURITY_CONTACT.\n"
SOON = "There was one a short while ago: what it found stands here."
ASKED = "It is under way, and takes about half a minute."


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """What is in place here, each with its evidence."""
    facts, now = read_facts(), timezone.now()
    looks = (facts.isolation.last, facts.outside.last)
    going = {str(run.kind) for run in looks if run and is_under_way(run, now)}
    return render(request, "evidence/security.html", {"facts": facts, "going": going})


@require_safe
def proof(request: HttpRequest) -> HttpResponse:
    """The last isolation proof: policies, attempts and results."""
    found = last_found(Kind.ISOLATION, "seconds")
    if found is None:
        return redirect("evidence:security")
    told = {"run": found, "attempts": _attempts_of(found.pk)}
    return render(request, "evidence/proof.html", told)


@require_safe
def proof_json(request: HttpRequest) -> HttpResponse:
    """The same, whole, for programs."""
    found = last_found(Kind.ISOLATION)
    if found is None:
        raise Http404("There is none yet.")
    return HttpResponse(_json_of(found.pk), content_type="application/json")


@require_POST
def run(request: HttpRequest, kind: str) -> HttpResponse:
    """Have a look taken, as often as whoever asks may."""
    if kind not in Kind.values:
        raise Http404("No such look.")
    wanted = Kind(kind)
    is_asked = ask(
        kind=wanted,
        now=timezone.now(),
        every=_how_often(request),
        wake=lambda run_id: wake(run_id, wanted),
    )
    messages.info(request, ASKED if is_asked else SOON)
    return redirect("evidence:security")


@require_safe
def text(request: HttpRequest, name: str) -> HttpResponse:
    """A document as a page."""
    page = as_page(name)
    if page is None:
        raise Http404("No such document.")
    told = {"name": name, "document_title": page[0], "written": page[1]}
    return render(request, "evidence/document.html", told)


@require_safe
def text_file(request: HttpRequest, name: str) -> HttpResponse:
    """A document as it is written down, to be taken along."""
    written = document(name)
    if written is None:
        raise Http404("No such document.")
    answer = HttpResponse(written, content_type="text/markdown; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="askorac-{name}.md"'
    return answer


@require_safe
def well_known(request: HttpRequest) -> HttpResponse:
    """`/.well-known/security.txt`: whom to write to."""
    whom = contact()
    if not whom:
        return HttpResponse(NO_CONTACT, content_type=PLAIN, status=HTTPStatus.NOT_FOUND)
    return HttpResponse(security_txt(whom, now=timezone.now()), content_type=PLAIN)


@require_safe
@member_view("project.view", is_held=False)
def own(request: MemberRequest) -> HttpResponse:
    """What is in place for this organization."""
    organization_id = request.access.organization.pk
    facts = read_own_facts(
        organization_id=organization_id, access=request.access, now=timezone.now()
    )
    with tenant(organization_id):
        return render_page(request, "evidence/own.html", room="evidence", facts=facts)


@lru_cache(maxsize=2)
def _attempts_of(run_id: UUID) -> SafeString:
    """Thousands of lines, which never change: written once in a process, however many read them."""
    report = Run.objects.get(pk=run_id).report
    told = {"parts": parts_of(report["attempts"]), "policies": report["policies"]}
    return render_to_string("evidence/_attempts.html", told)


@lru_cache(maxsize=2)
def _json_of(run_id: UUID) -> bytes:
    return json.dumps({"id": str(run_id), **Run.objects.get(pk=run_id).report}).encode()


def _how_often(request: HttpRequest) -> timedelta:
    """Our staff, owners and admins wait less than anybody."""
    user: Any = request.user
    if not isinstance(user, User):
        return ANYBODY_EVERY
    if user.is_staff:
        return MEMBERS_EVERY
    organization_id = choice_of(request, user).current
    if organization_id is None:
        return ANYBODY_EVERY
    with tenant(organization_id):
        may = access_of(user).may("security.manage")
    return MEMBERS_EVERY if may else ANYBODY_EVERY
