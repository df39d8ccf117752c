"""Which models a project uses, as its settings show it."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from keys.clients import models_of
from projects.access import MemberRequest, get_project, member_view
from projects.views.frame import is_fragment_wanted, render_fragment, render_page


@require_safe
@member_view("view")
def models(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """The models' names, and the score under which the embedding model calls nothing near."""
    project = get_project(project_id)
    facts = models_of(project)
    if is_fragment_wanted(request):
        return render_fragment(request, "keys/_models.html", project=project, models=facts)
    return render_page(request, "keys/models.html", room="settings", project=project, models=facts)
