"""What each page of the dashboard has around it: the organization, its projects, who is looking."""

from collections.abc import Collection
from typing import Any, Final

from django.conf import settings
from django.db.models.functions import Lower
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from projects.access import Access, MemberRequest
from projects.models import Project
from projects.retention.holds import is_held
from projects.rights import LEAVING, LOOKING, RIGHTS, STAYING, Right
from projects.staff_access.grants import open_grants

SIDE: Final = 20  # projects in the side column; the list of all has pages


def render_page(
    request: MemberRequest,
    template: str,
    *,
    room: str,
    project: Project | None = None,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """A whole page. `room` is the one that the navigation marks as the current one.

    Nothing keeps it: going back shows what is there now, and after logging out nothing.
    """
    side_projects = list(
        request.access.visible_projects().order_by(Lower("name"), "id")[: SIDE + 1]
    )
    page = {
        "room": room,
        "side_projects": _beside(side_projects[:SIDE], project),
        "has_more_projects": len(side_projects) > SIDE,
        "staff_grants": open_grants(now=timezone.now()),
        **_common(request, project),
        **context,
    }
    response = render(request, template, page, status=status)
    add_never_cache_headers(response)
    return response


def render_fragment(
    request: MemberRequest, template: str, *, project: Project | None, **context: Any
) -> HttpResponse:
    """A part of a page, for htmx to put in its place.

    Nothing keeps it: some addresses give the page as well, and a browser that goes back would
    take the one for the other.
    """
    response = render(request, template, {**_common(request, project), **context})
    add_never_cache_headers(response)
    return response


def render_dialog(
    request: MemberRequest,
    *,
    fragment: str,
    page: str,
    room: str,
    project: Project | None,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """The fragment for a script that opens it as a dialog; for everybody else the whole page."""
    if request.headers.get("X-Fragment") == "dialog":
        return render_fragment(request, fragment, project=project, **context)
    return render_page(request, page, room=room, project=project, status=status, **context)


def is_fragment_wanted(request: MemberRequest) -> bool:
    """Whether htmx asks, which wants a part of the page only."""
    return request.headers.get("HX-Request") == "true"


def _common(request: MemberRequest, project: Project | None) -> dict[str, Any]:
    access = request.access
    is_ending = access.is_ending or _is_ending(project)
    return {
        "access": access,
        "may": _may(access, is_ending=is_ending),
        "is_ending": is_ending,
        # A deletion waits for holds, so that they can be lifted while it does.
        "may_lift_holds": "retention.manage" in access.rights and not access.is_suspended,
        "is_kept_by_hold": is_ending and _is_kept(access, project),
        "support_email": settings.SUPPORT_EMAIL,
        "project": project,
    }


def _beside(first: list[Project], project: Project | None) -> list[Project]:
    """What the side column lists: the first by name, and the one that the page is about."""
    if project is None or project in first:
        return first
    return [*first, project]


def _is_ending(project: Project | None) -> bool:
    return project is not None and project.deletes_at is not None


def _is_kept(access: Access, project: Project | None) -> bool:
    """Whether a hold stands in the way of the deletion that was asked for."""
    return is_held(None if access.is_ending or project is None else project.pk)


def _may(access: Access, *, is_ending: bool) -> dict[str, bool]:
    """What the page may offer, by right: `project.edit` is `may.project_edit` in a template."""
    usable: Collection[Right] = RIGHTS
    if access.is_suspended:
        usable = LOOKING | STAYING
    elif is_ending:
        usable = LOOKING | LEAVING | STAYING
    return {right.replace(".", "_"): access.may(right) and right in usable for right in RIGHTS}
