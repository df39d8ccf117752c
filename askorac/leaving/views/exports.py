"""Exports on the page “Export and deletion”: asked for, watched, downloaded."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from askorac.leaving.downloading import (
    Unsatisfiable,
    answer_download,
    answer_unsatisfiable,
    begin_download,
)
from askorac.leaving.exports import ask_for_export, get_export, is_there, retry_export
from askorac.leaving.models import Export
from askorac.tenancy.context import tenant
from projects.access import MemberRequest, member_view
from projects.reauthentication import reauthenticated_button
from projects.views.frame import render_fragment

from .listing import shown_exports


@require_safe
@member_view("export.make")
def exports(request: MemberRequest) -> HttpResponse:
    """The list alone, for the page to keep it current while one is being made."""
    return render_fragment(request, "leaving/_exports.html", project=None, **shown_exports())


@require_POST
@member_view("export.make", while_ending=True)
@reauthenticated_button(back="leaving:page")
def make(request: MemberRequest) -> HttpResponseBase:
    """Have an archive of everything made."""
    ask_for_export(by=request.access.actor, now=timezone.now())
    messages.success(request, "The export is being made. You get a mail when it is ready.")
    return redirect("leaving:page")


@require_POST
@member_view("export.make", while_ending=True)
def retry(request: MemberRequest, export_id: UUID) -> HttpResponse:
    """Go on with one that has failed."""
    retry_export(export=_find(export_id), now=timezone.now())
    return redirect("leaving:page")


@require_safe
@member_view("export.make", is_held=False)
def download(request: MemberRequest, export_id: UUID) -> HttpResponseBase:
    """The archive, or what is wanted of it; 404 for one that is not ready, or gone."""
    now = timezone.now()
    with tenant(request.access.organization.pk):
        export = _find(export_id)
        if not is_there(export, now=now):
            raise Http404("No such export.")
        try:
            wanted = begin_download(
                export=export, request=request, by=request.access.actor, now=now
            )
        except Unsatisfiable:
            return answer_unsatisfiable(export)
    return answer_download(wanted, has_body=request.method != "HEAD")


def _find(export_id: UUID) -> Export:
    export = get_export(export_id)
    if export is None:
        raise Http404("No such export.")
    return export
