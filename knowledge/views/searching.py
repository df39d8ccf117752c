"""What would it find? A question as a visitor might ask it, and the passages that are nearest."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from askorac.tenancy.context import tenant
from keys.clients import ProviderFault
from knowledge.excerpts import Excerpt, excerpt
from knowledge.searching import Findings, Found, search_project
from knowledge.sources import has_ready_source
from projects.access import MemberRequest, get_project, member_view
from projects.look import Look
from projects.models import Project
from projects.views.frame import is_fragment_wanted, render_fragment, render_page

MOST_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Line:
    """A passage as the page shows it; `rank` counts from 1."""

    rank: int
    found: Found
    excerpt: Excerpt

    @property
    def percent(self) -> int:
        """The score as a share of the bar, 0 to 100."""
        return round(100 * min(max(self.found.score, 0.0), 1.0))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a search; `problem` says to the member why it failed, with its `status`.

    `used` reach the threshold `floor`, and `unused` do not. Times are in milliseconds.
    """

    used: tuple[Line, ...] = ()
    unused: tuple[Line, ...] = ()
    floor: float = 0.0
    embedding_ms: int = 0
    looking_ms: int = 0
    problem: str = ""
    status: HTTPStatus = HTTPStatus.OK

    @property
    def count(self) -> int:
        return len(self.used) + len(self.unused)

    @property
    def total_ms(self) -> int:
        return self.embedding_ms + self.looking_ms


@require_safe
@member_view("project.view", is_held=False)
def search(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """The page, with what the question in its address finds. No context while a model embeds."""
    question = request.GET.get("q", "")
    with tenant(request.access.organization.pk):
        project = get_project(project_id)
        has_documents = has_ready_source(project=project)
    outcome = _search(project, question) if has_documents and question.strip() else None
    with tenant(request.access.organization.pk):
        return _render(
            request, project, question=question, has_documents=has_documents, outcome=outcome
        )


def _search(project: Project, question: str) -> Outcome:
    try:
        findings = search_project(project=project, question=question, limit=MOST_SHOWN)
    except ValidationError as error:
        return Outcome(problem=" ".join(error.messages), status=HTTPStatus.BAD_REQUEST)
    except ProviderFault as fault:
        return Outcome(problem=fault.sentence, status=HTTPStatus.SERVICE_UNAVAILABLE)
    return _outcome(findings, question)


def _outcome(findings: Findings, question: str) -> Outcome:
    lines = [
        Line(rank, found, excerpt(found.text, question))
        for rank, found in enumerate(findings.found, start=1)
    ]
    return Outcome(
        used=tuple(line for line in lines if line.found.score >= findings.floor),
        unused=tuple(line for line in lines if line.found.score < findings.floor),
        floor=findings.floor,
        embedding_ms=round(findings.embedding_seconds * 1000),
        looking_ms=round(findings.looking_seconds * 1000),
    )


def _render(
    request: MemberRequest,
    project: Project,
    *,
    question: str,
    has_documents: bool,
    outcome: Outcome | None,
) -> HttpResponse:
    is_open = has_documents and outcome is None
    shown = {
        "question": question,
        "has_documents": has_documents,
        "suggestions": Look.of(project).suggestions if is_open else (),
        "outcome": outcome,
    }
    if is_fragment_wanted(request):
        return render_fragment(request, "knowledge/_found.html", project=project, **shown)
    return render_page(
        request,
        "knowledge/search.html",
        room="search",
        project=project,
        status=HTTPStatus.OK if outcome is None else outcome.status,
        **shown,
    )
