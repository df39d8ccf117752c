"""The audit trail: searched, taken along as a file, and the checkpoints that prove it."""

import json
from datetime import UTC, datetime, time
from functools import partial
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from askorac.environment import BASE_DIR
from askorac.web.late import LateResponse
from projects.access import MemberRequest, member_view
from projects.organizations import read_members, user_with_address
from projects.trail.checkpoints import as_dict, get_checkpoint, list_checkpoints
from projects.trail.deliveries import change_delivery, read_delivery
from projects.trail.files import MEDIA_TYPES, export_trail
from projects.trail.searching import Wanted, actors_called, read_trail
from projects.trail_forms import DeliveryForm, TrailForm

from .frame import render_fragment, render_page

MOST_SUGGESTED: Final = 10
VERIFIER: Final = BASE_DIR / "docs" / "verify_audit.py"


@require_safe
@member_view("audit.read")
def trail(request: MemberRequest) -> HttpResponse:
    """The audit events, searched, page by page."""
    form = TrailForm(request.GET)
    wanted = _wanted(form) if form.is_valid() else Wanted()
    page = read_trail(wanted=wanted, before=request.GET.get("before"), may=request.access.may_in)
    return render_page(
        request,
        "projects/trail.html",
        room="trail",
        form=form,
        kinds=TrailForm.KINDS.values(),
        page=page,
        wanted=wanted,
        is_filtered=wanted != Wanted(),
        is_first=not request.GET.get("before"),
        newest=_query(request.GET),
        older=_query(request.GET, before=page.older) if page.older else "",
        status=200 if form.is_valid() else 422,
    )


@require_safe
@member_view("audit.read")
def actors(request: MemberRequest) -> HttpResponse:
    """Who may be meant by what was typed so far: a few members, and kinds of actors."""
    text = request.GET.get("actor", "").strip()
    return render_fragment(
        request,
        "projects/_actors.html",
        project=None,
        kinds=TrailForm.kinds_like(text),
        members=read_members(words=text).members[:MOST_SUGGESTED],
        others=actors_called(text, most=MOST_SUGGESTED) if text else [],
    )


@require_safe
@member_view("audit.read")
def export(request: MemberRequest) -> HttpResponseBase:
    """The events that the page would show, or all of them, as a file."""
    kind = request.GET.get("kind", "jsonl")
    form = TrailForm(request.GET)
    if kind not in MEDIA_TYPES or not form.is_valid():
        raise Http404("No such file.")
    now = timezone.now()
    make = partial(
        export_trail,
        organization_id=request.access.organization.pk,
        wanted=_wanted(form),
        kind=kind,
        by=request.access.actor,
        now=now,
    )
    response = LateResponse(lambda _: make())
    headers = {
        "Content-Type": MEDIA_TYPES[kind],
        "Content-Disposition": f'attachment; filename="audit-{now:%Y-%m-%d}.{kind}"',
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",
    }
    response.begin(headers=headers)
    return response


@require_safe
@member_view("audit.read")
def checkpoints(request: MemberRequest) -> HttpResponse:
    """The signed checkpoints, the latest first, and how to check an export by them."""
    delivery = read_delivery()
    form = DeliveryForm(
        initial={
            "addresses": "\n".join(delivery.addresses),
            "webhook_url": delivery.webhook_url,
        }
    )
    return _checkpoints(request, form)


@require_POST
@member_view("security.manage")
def deliver(request: MemberRequest) -> HttpResponse:
    """Have checkpoints sent somewhere."""
    form = DeliveryForm(request.POST)
    if form.is_valid():
        try:
            change_delivery(
                addresses=form.cleaned_data["addresses"].splitlines(),
                webhook_url=form.cleaned_data["webhook_url"],
                by=request.access.actor,
                now=timezone.now(),
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "Checkpoints are sent there from the next one on.")
            return redirect("projects:checkpoints")
    return _checkpoints(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@require_safe
@member_view("audit.read")
def checkpoint(request: MemberRequest, audit_checkpoint_id: UUID) -> HttpResponse:
    """One of them, as a file to keep."""
    row = get_checkpoint(audit_checkpoint_id)
    if row is None:
        raise Http404("No such checkpoint.")
    response = HttpResponse(json.dumps(as_dict(row), indent=2), content_type="application/json")
    name = f"{row.kind}-{row.seq}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


@require_safe
@member_view("audit.read")
def verifier(request: MemberRequest) -> HttpResponseBase:
    """The program that checks an export, to be run where we are not."""
    response = HttpResponse(VERIFIER.read_bytes(), content_type="text/x-python; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{VERIFIER.name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _checkpoints(
    request: MemberRequest, form: DeliveryForm, *, status: int = HTTPStatus.OK
) -> HttpResponse:
    cursor = request.GET.get("before")
    return render_page(
        request,
        "projects/checkpoints.html",
        room="trail",
        form=form,
        page=list_checkpoints(cursor=cursor),
        is_first=not cursor,
        status=status,
    )


def _wanted(form: TrailForm) -> Wanted:
    chosen = form.cleaned_data
    since, until = chosen["since"], chosen["until"]
    return Wanted(
        action=chosen["action"],
        since=datetime.combine(since, time.min, UTC) if since else None,
        until=datetime.combine(until, time.max, UTC) if until else None,
        target_kind=chosen["target_kind"],
        target_id=chosen["target_id"],
        text=chosen["text"].strip(),
        address=chosen["address"],
        session=chosen["session"],
        **_actor(chosen["actor"]),
    )


def _actor(text: str) -> dict[str, Any]:
    """Who is meant: a kind, somebody with this id or address, or all with this in their name."""
    if kind := TrailForm.kind_of(text):
        return {"actor_kind": kind}
    try:
        return {"actor_id": UUID(text)}
    except ValueError:
        user_id = user_with_address(text) if "@" in text else None
        return {"actor_id": user_id} if user_id else {"actor": text}


def _query(given: QueryDict, *, before: str | None = None) -> str:
    kept = given.copy()
    kept.pop("before", None)
    if before is not None:
        kept["before"] = before
    return kept.urlencode()
