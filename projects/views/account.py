"""Who is logged in: their name, and the ways to their addresses and password."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from projects.access import MemberRequest, member_view
from projects.forms import ProfileForm
from projects.profiles import rename_user

from .frame import render_page


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("project.view")
def account(request: MemberRequest) -> HttpResponseBase:
    """The person's own page. allauth does addresses and passwords."""
    form = ProfileForm(request.POST or None, initial={"name": request.user.name})
    if form.is_valid():
        try:
            rename_user(
                user=request.user,
                name=form.cleaned_data["name"],
                organization_id=request.access.organization.pk,
                by=request.access.actor,
                now=timezone.now(),
            )
        except ValidationError as error:
            form.add_error("name", error)
        else:
            messages.success(request, "Your name was saved.")
            return redirect("projects:account")
    return render_page(
        request,
        "projects/account.html",
        room="account",
        form=form,
        status=422 if form.errors else 200,
    )
