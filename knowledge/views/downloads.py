"""The file of a source, for members."""

from uuid import UUID

from django.http import Http404, HttpResponseBase
from django.views.decorators.http import require_safe

from askorac.tenancy.context import tenant
from knowledge.downloads import NoFile, attachment
from projects.access import MemberRequest, get_project, member_view

from .reading import get_known_source


@require_safe
@member_view("project.view", is_held=False)
def download(request: MemberRequest, project_id: UUID, source_id: UUID) -> HttpResponseBase:
    """The file as it was uploaded; 404 for a page of the web, which has none."""
    with tenant(request.access.organization.pk):
        source = get_known_source(get_project(project_id), source_id)
    try:
        return attachment(source=source)
    except NoFile:
        raise Http404("No such file.") from None
