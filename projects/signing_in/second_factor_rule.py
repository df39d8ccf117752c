"""Whether an organization wants two factors of its members, and what a member without one meets."""

from datetime import datetime
from typing import Final
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from askorac.tenancy.context import tenant
from askorac.tenancy.lookups import organizations_of_user
from askorac.tenancy.router import ACCOUNTS
from askorac.web.authenticated import has_second_factor

from ..models import Member, Organization, Role
from ..trail.recording import Actor, Target, record

BACK: Final = "second_factor_back"  # templates/mfa read it
OWNERS_ONLY: Final = "Only an owner decides whether two factors are required."
OWN_FIRST: Final = (
    "Set up a second factor of your own first: you would shut yourself out with the others."
)


def require_second_factor(
    *, organization_id: UUID, is_required: bool, has_own: bool, by: Actor, now: datetime
) -> bool:
    """Require two factors of all members, or no longer; whether that changed anything.

    Who requires them has one: `has_own`. Of members only an owner may, of programs one with an
    owner's key, which its entrance sees to. The accounts role does it, as all that is in the
    organization's own row. Raises PermissionDenied, and ValidationError without a factor.
    """
    with tenant(organization_id, using=ACCOUNTS):
        organization = Organization.objects.using(ACCOUNTS).select_for_update(no_key=True).get()
        owners = Member.objects.using(ACCOUNTS).filter(role=Role.OWNER)
        if by.kind == "member" and not (by.id and owners.filter(user_id=by.id).exists()):
            raise PermissionDenied(OWNERS_ONLY)
        if is_required and not has_own:
            raise ValidationError(OWN_FIRST)
        if organization.requires_second_factor == is_required:
            return False
        organization.requires_second_factor = is_required
        organization.save(using=ACCOUNTS, update_fields=["requires_second_factor"])
        record(
            action=f"second_factor.{'required' if is_required else 'left_open'}",
            target=Target(kind="organization", id=organization_id),
            by=by,
            now=now,
            using=ACCOUNTS,
        )
    return True


def organizations_requiring_it(user_id: UUID) -> list[str]:
    """The names of the user's organizations in which nothing opens without a second factor."""
    names = []
    for organization_id in organizations_of_user(user_id):
        with tenant(organization_id):
            organization = Organization.objects.get()
        if organization.requires_second_factor:
            names.append(organization.name)
    return sorted(names)


def is_second_factor_missing(request: HttpRequest, organization: Organization) -> bool:
    """Whether this session was entered with a password alone, where the organization wants more."""
    return organization.requires_second_factor and not has_second_factor(request)


def lead_to_second_factor(request: HttpRequest) -> HttpResponse:
    """The way to the page that says what is wanted, and back; for htmx by leaving its page."""
    page = reverse("projects:second_factor")
    if request.headers.get("HX-Request") == "true":
        back = urlsplit(request.headers.get("HX-Current-URL", "")).path
        return HttpResponse(status=204, headers={"HX-Redirect": _leading_back(page, back)})
    back = request.get_full_path() if request.method in {"GET", "HEAD"} else ""
    return redirect(_leading_back(page, back))


def way_back(request: HttpRequest) -> str:
    """Where the page that asks for a second factor leads back to: one of ours, or nothing."""
    back = request.GET.get("next", "")
    return back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else ""


def keep_way_back(request: HttpRequest) -> None:
    """Remember it while a factor is set up, without its query: what was searched for would lie in
    the session."""
    if back := way_back(request):
        request.session[BACK] = urlsplit(back).path


def go_back(request: HttpRequest) -> HttpResponse:
    """On, to where the person was led away from."""
    return redirect(request.session.pop(BACK, "") or "projects:list")


def _leading_back(page: str, back: str) -> str:
    return f"{page}?{urlencode({'next': back})}" if back else page
