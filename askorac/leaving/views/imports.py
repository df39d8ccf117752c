"""Archives that are brought in, on the page “Export and deletion”: for owners."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from askorac.leaving.forms import ImportForm
from askorac.leaving.imports import bring_in
from askorac.tenancy.context import tenant
from knowledge.files import StorageAway
from projects.access import MemberRequest, member_view
from projects.models import Role
from projects.views.frame import render_fragment

from .deletion import render_leaving
from .listing import shown_imports


@require_safe
@member_view("export.make")
def imports(request: MemberRequest) -> HttpResponse:
    """The list alone, for the page to keep it current while one is being brought in."""
    return render_fragment(request, "leaving/_imports.html", project=None, **shown_imports())


@require_POST
@member_view("export.make", is_held=False)
def bring(request: MemberRequest) -> HttpResponseBase:
    """Keep an archive, and have it brought in."""
    if request.access.role != Role.OWNER:
        raise PermissionDenied("Only an owner brings an archive in.")
    form = ImportForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["archive"]
        try:
            bring_in(
                content=file.chunks(),
                size=file.size or 0,
                name=file.name or "",
                organization_id=request.access.organization.pk,
                by=request.access.actor,
                now=timezone.now(),
            )
        except ValidationError as error:
            form.add_error("archive", error)
        except StorageAway as error:
            form.add_error("archive", str(error))
        else:
            messages.success(request, "The archive is being brought in. Its projects appear here.")
            return redirect("leaving:page")
    with tenant(request.access.organization.pk):
        return render_leaving(request, form, status=422)
