"""/api/v1/retention/: rules, what would go by others, and holds. /api/v1/erasure-receipts/."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import Http404
from django.urls import path
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from askorac.web.api.cursors import PageQuery, answer_page, read_page
from askorac.web.api.schema import operation, page_of
from projects.api_views import ApiView
from projects.models import Content, ErasureReceipt, Keep, Project
from projects.receipts import LATEST_FIRST, get_receipt, given
from projects.retention.holds import (
    StandingHold,
    get_hold,
    lift_hold,
    list_holds,
    place_hold,
    standing_hold,
)
from projects.retention.purging import planned_at, preview
from projects.retention.rules import Rule, Ruled, change_rules, check_rules, rules_of

from .retention_shapes import (
    HoldBody,
    HoldShape,
    HoldsShape,
    PreviewBody,
    PreviewsShape,
    ReceiptShape,
    RulesBody,
    RulesShape,
)


class Retention(ApiView):
    """The rules of the organization."""

    group = "Retention"
    whole_organization = ("GET", "PATCH")

    @operation("read_retention", "Read the rules", answer=RulesShape)
    def get(self, request: Request) -> Response:
        """How long what is kept stays, in each project that has no rule of its own."""
        return Response(_rules(None))

    @operation("change_retention", "Change the rules", body=RulesBody, answer=RulesShape)
    def patch(self, request: Request) -> Response:
        """Put rules in the place of those that hold. Nothing goes within the next 15 minutes; look
        before at what would go."""
        _change(self, None)
        return Response(_rules(None))


class RetentionOfProject(ApiView):
    """The rules of one project."""

    group = "Retention"

    @operation("read_project_retention", "Read a project's rules", answer=RulesShape)
    def get(self, request: Request, project_id: UUID) -> Response:
        """The rules that hold in it: its own, and else the organization's."""
        return Response(_rules(self.project(project_id)))

    @operation(
        "change_project_retention", "Change a project's rules", body=RulesBody, answer=RulesShape
    )
    def patch(self, request: Request, project_id: UUID) -> Response:
        """Give it rules of its own, or leave it to the organization's."""
        project = self.project(project_id)
        _change(self, project)
        return Response(_rules(project))


class Preview(ApiView):
    """What would go."""

    group = "Retention"
    needs = {"POST": "read"}

    @operation("preview_retention", "See what would go", body=PreviewBody, answer=PreviewsShape)
    def post(self, request: Request) -> Response:
        """How much would go with the first purge by these rules, were they saved now, and since
        when the oldest of it is there: in a project, or in all that have no rule of their own.
        Nothing is changed."""
        sent = self.body(PreviewBody)
        project_id = sent.pop("project_id", None)
        self.access.require("read", whole_organization=project_id is None)
        project = None if project_id is None else self.project(project_id)
        return Response(_preview(_rules_wanted(sent), project))


class Holds(ApiView):
    """Holds."""

    group = "Retention"
    whole_organization = ("GET", "POST")

    @operation("list_holds", "List holds", answer=HoldsShape)
    def get(self, request: Request) -> Response:
        """Those that stand, the oldest first."""
        return Response({"results": [_hold(each) for each in list_holds()]})

    @operation(
        "place_hold", "Place a hold", body=HoldBody, answer=HoldShape, status=HTTPStatus.CREATED
    )
    def post(self, request: Request) -> Response:
        """Stop all erasing by rules and at visitors' requests, of a project or of all."""
        wanted = self.body(HoldBody)
        project_id = wanted.get("project_id")
        made = place_hold(
            project=None if project_id is None else self.project(project_id),
            reason=wanted["reason"],
            by=self.access.actor,
            now=timezone.now(),
        )
        return Response(_hold(standing_hold(made)), status=HTTPStatus.CREATED)


class OneHold(ApiView):
    """One hold."""

    group = "Retention"
    whole_organization = ("DELETE",)
    while_ending = ("DELETE",)

    @operation("lift_hold", "Lift a hold", status=HTTPStatus.NO_CONTENT)
    def delete(self, request: Request, hold_id: UUID) -> Response:
        """Let the rules hold again. A deletion that was asked for waits for that."""
        row = get_hold(hold_id)
        if row is None or not lift_hold(hold=row, by=self.access.actor, now=timezone.now()):
            raise Http404
        return Response(status=HTTPStatus.NO_CONTENT)


class Receipts(ApiView):
    """Erasure receipts."""

    group = "Retention"
    queries = {"GET": PageQuery}
    whole_organization = ("GET",)

    @operation("list_erasure_receipts", "List erasure receipts", answer=page_of(ReceiptShape))
    def get(self, request: Request) -> Response:
        """What was erased, how much of it, by which rule and when; the latest first."""
        page = read_page(ErasureReceipt.objects.all(), order=LATEST_FIRST, query=self.query)
        return answer_page(request, page, given)


class OneReceipt(ApiView):
    """One erasure receipt."""

    group = "Retention"
    whole_organization = ("GET",)

    @operation("read_erasure_receipt", "Read an erasure receipt", answer=ReceiptShape)
    def get(self, request: Request, erasure_receipt_id: UUID) -> Response:
        """One receipt, with its signature."""
        receipt = get_receipt(erasure_receipt_id)
        if receipt is None:
            raise Http404
        return Response(given(receipt))


def _rules_wanted(sent: dict[str, Any]) -> dict[Content, Rule | None]:
    return {
        Content(name): None if rule is None else Rule(Keep(rule["keep"]), rule.get("days"))
        for name, rule in sent.items()
    }


def _change(view: ApiView, project: Project | None) -> None:
    wanted = _rules_wanted(view.body(RulesBody))
    if project is None:
        wanted = {content: rule or Rule() for content, rule in wanted.items()}
    change_rules(wanted=wanted, project=project, by=view.access.actor, now=timezone.now())


def _preview(wanted: dict[Content, Rule | None], project: Project | None) -> Any:
    check_rules(wanted, is_of_project=project is not None)
    inherited = rules_of()
    rules = {
        content: rule or (inherited[content].rule if project else Rule())
        for content, rule in wanted.items()
    }
    seen = preview(wanted=rules, project=project, now=timezone.now())
    found = [
        {
            "content": each.content,
            "count": each.due.count,
            "oldest": each.due.oldest,
            "is_held": each.is_held,
        }
        for each in seen.contents
    ]
    return PreviewsShape({"purge_at": seen.purge_at, "results": found}).data


def _rules(project: Project | None) -> Any:
    ruled = rules_of(None if project is None else project.pk)
    rows = {str(content): _rule(each) for content, each in ruled.items()}
    return RulesShape({**rows, "next_purge_at": planned_at()}).data


def _rule(ruled: Ruled) -> dict[str, Any]:
    return {"keep": ruled.rule.keep, "days": ruled.rule.days, "is_own": ruled.is_own}


def _hold(hold: StandingHold) -> Any:
    return HoldShape(hold).data


urlpatterns = [
    path("retention/", Retention.as_view(), name="retention"),
    path("retention/preview/", Preview.as_view(), name="retention_preview"),
    path("retention/holds/", Holds.as_view(), name="holds"),
    path("retention/holds/<uuid:hold_id>/", OneHold.as_view(), name="hold"),
    path(
        "projects/<uuid:project_id>/retention/",
        RetentionOfProject.as_view(),
        name="project_retention",
    ),
    path("erasure-receipts/", Receipts.as_view(), name="receipts"),
    path("erasure-receipts/<uuid:erasure_receipt_id>/", OneReceipt.as_view(), name="receipt"),
]
