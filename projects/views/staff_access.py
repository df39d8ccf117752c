"""Our staff's access to content: the rule, what is asked, what lives, and what has been."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from projects.access import MemberRequest, member_view
from projects.forms import StaffRuleForm
from projects.models import StaffGrant, StaffRules
from projects.reauthentication import reauthenticated_button
from projects.staff_access.grants import (
    GrantState,
    NotAsked,
    NotLive,
    decide,
    end_access,
    list_grants,
    read_rule,
    set_rule,
)

from .frame import render_page

NOT_ASKED = "There was nothing to decide any more: see what became of the request below."
OVER = "The access was over already."


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("staff_access.decide")
@reauthenticated_button(back="projects:staff_access")
def staff_access(request: MemberRequest) -> HttpResponse:
    """What happens when our staff asks, and all requests; the rule is changed here."""
    form = StaffRuleForm(request.POST or None, initial={"rule": read_rule().rule})
    if form.is_valid():
        rule = StaffRules(form.cleaned_data["rule"])
        set_rule(rule=rule, by=request.access.actor, now=timezone.now())
        messages.success(request, "The rule for our staff's access was saved.")
        return redirect("projects:staff_access")
    grants = list_grants(now=timezone.now())
    return render_page(
        request,
        "projects/staff_access.html",
        room="security",
        form=form,
        asked=[each for each in grants if each.state == GrantState.ASKED],
        history=[each for each in grants if each.state != GrantState.ASKED],
        status=422 if form.errors else 200,
    )


@require_http_methods(["POST"])
@member_view("staff_access.decide")
@reauthenticated_button(back="projects:staff_access")
def decide_on_staff(request: MemberRequest, staff_grant_id: UUID) -> HttpResponse:
    """Let the one in who asks, or refuse."""
    is_allowed = request.POST.get("decision") == "allow"
    try:
        grant = decide(
            grant_id=staff_grant_id,
            is_allowed=is_allowed,
            by=request.access.actor,
            now=timezone.now(),
        )
    except StaffGrant.DoesNotExist:
        raise Http404("No such request.") from None
    except NotAsked:
        messages.warning(request, NOT_ASKED)
    else:
        told = f"may look for {grant.minutes} minutes" if is_allowed else "was refused"
        messages.success(request, f"{grant.staff_name} {told}.")
    return redirect("projects:staff_access")


@require_http_methods(["POST"])
@member_view("staff_access.decide")
def end_staff_access(request: MemberRequest, staff_grant_id: UUID) -> HttpResponse:
    """End what was given: the next page that our staff asks for is refused."""
    try:
        grant = end_access(grant_id=staff_grant_id, by=request.access.actor, now=timezone.now())
    except StaffGrant.DoesNotExist:
        raise Http404("No such access.") from None
    except NotLive:
        messages.warning(request, OVER)
    else:
        messages.success(request, f"The access of {grant.staff_name} has ended.")
    return redirect("projects:staff_access")
