"""/api/v1/projects/: the projects that a key opens."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from askorac.web.api.bodies import Body, Number, Text
from askorac.web.api.cursors import PageQuery, answer_page, read_page
from askorac.web.api.schema import operation, page_of
from askorac.web.paging import NEWEST_FIRST
from projects.api_views import ApiView
from projects.changes import change_project, make_project
from projects.deletion import schedule_project, take_back_project
from projects.look import MOST_GREETING, MOST_SUGGESTION, MOST_SUGGESTIONS, Look
from projects.models import Position, Project, Theme
from projects.retention.holds import is_held
from projects.settings import (
    MOST_ADDRESS,
    MOST_INSTRUCTIONS,
    MOST_LABEL,
    MOST_NAME,
    MOST_UNANSWERED,
    Settings,
)

MOST_DOMAINS = 100
_PLAIN: Final = ("id", "public_key", "allowed_domains", "created_at", "deletes_at")


class ProjectShape(serializers.Serializer[Any]):
    """A project: one assistant."""

    id = serializers.UUIDField()
    public_key = serializers.CharField(help_text="Names the project in pages; no secret.")
    name = serializers.CharField()
    assistant_name = serializers.CharField(help_text="What visitors read; empty: the name.")
    instructions = serializers.CharField()
    answer_floor = serializers.FloatField(
        allow_null=True, help_text="The least score of a passage, or null: the model's own."
    )
    unanswered_text = serializers.CharField()
    contact_label = serializers.CharField()
    contact_url = serializers.CharField()
    greeting = serializers.CharField()
    suggestions = serializers.ListField(child=serializers.CharField())
    accent = serializers.CharField()
    theme = serializers.ChoiceField(Theme.choices)
    position = serializers.ChoiceField(Position.choices)
    allowed_domains = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    deletes_at = serializers.DateTimeField(
        allow_null=True, help_text="When it is deleted, if somebody has asked for that."
    )

    class Meta:
        ref_name = "Project"


class DeletionShape(serializers.Serializer[Any]):
    """What was asked for, and when it is done."""

    deletes_at = serializers.DateTimeField(
        help_text="Until then it can be taken back. Visitors are answered no more from now on."
    )
    is_held = serializers.BooleanField(
        help_text="Whether a hold stands: nothing is deleted before that is lifted."
    )

    class Meta:
        ref_name = "Deletion"


class Colour(serializers.RegexField):
    """A colour as # and six digits or letters."""

    def __init__(self, **options: Any) -> None:
        super().__init__(regex=r"^#[0-9A-Fa-f]{6}$", **options)


class ChangedProject(Body):
    """What is to change of a project; what is not named stays."""

    name = Text(required=False, max_length=MOST_NAME, help_text="Your colleagues see it.")
    assistant_name = Text(
        required=False,
        allow_blank=True,
        max_length=MOST_NAME,
        help_text="What visitors read above the conversation; empty: the project's name.",
    )
    instructions = Text(
        required=False,
        allow_blank=True,
        max_length=MOST_INSTRUCTIONS,
        help_text="How the assistant speaks and what it is about, in your words.",
    )
    answer_floor = Number(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=1,
        help_text="A passage with a lower score is not used; null: the embedding model's own.",
    )
    unanswered_text = Text(
        required=False,
        allow_blank=True,
        max_length=MOST_UNANSWERED,
        help_text="What visitors are told when there is no answer.",
    )
    contact_label = Text(required=False, allow_blank=True, max_length=MOST_LABEL)
    contact_url = Text(
        required=False,
        allow_blank=True,
        max_length=MOST_ADDRESS,
        help_text="What is offered then: a web address, a mail address or a telephone number.",
    )
    greeting = Text(required=False, max_length=MOST_GREETING)
    suggestions = serializers.ListField(
        required=False,
        child=Text(max_length=MOST_SUGGESTION),
        max_length=MOST_SUGGESTIONS,
        help_text="Questions that visitors may begin with.",
    )
    accent = Colour(required=False, help_text="A colour such as #0b6480.")
    theme = serializers.ChoiceField(Theme.choices, required=False)
    position = serializers.ChoiceField(Position.choices, required=False)
    allowed_domains = serializers.ListField(
        required=False,
        child=Text(max_length=253),
        max_length=MOST_DOMAINS,
        help_text="The sites that may carry the widget, such as shop.example or *.example.com.",
    )


class NewProject(ChangedProject):
    """A project to be made."""

    name = Text(max_length=MOST_NAME, help_text="Your colleagues see it.")


class Projects(ApiView):
    """All projects."""

    group = "Projects"
    queries = {"GET": PageQuery}
    whole_organization = ("POST",)

    @operation("list_projects", "List projects", answer=page_of(ProjectShape))
    def get(self, request: Request) -> Response:
        """All projects that the key opens, the newest first."""
        page = read_page(self._reached(), order=NEWEST_FIRST, query=self.query)
        return answer_page(request, page, describe)

    @operation(
        "create_project",
        "Make a project",
        body=NewProject,
        answer=ProjectShape,
        status=HTTPStatus.CREATED,
    )
    def post(self, request: Request) -> Response:
        """A new project with a public key of its own. Needs a key of the whole organization."""
        wanted = self.body(NewProject)
        project = make_project(wanted=wanted, by=self.access.actor, now=timezone.now())
        return Response(describe(project), status=HTTPStatus.CREATED)

    def _reached(self) -> "QuerySet[Project]":
        only = self.access.project_id
        return Project.objects.filter(pk=only) if only else Project.objects.all()


class OneProject(ApiView):
    """One project."""

    group = "Projects"
    whole_organization = ("DELETE",)
    while_ending = ("DELETE",)

    @operation("read_project", "Read a project", answer=ProjectShape)
    def get(self, request: Request, project_id: UUID) -> Response:
        """One project with all that was decided about it."""
        return Response(describe(self.project(project_id)))

    @operation("change_project", "Change a project", body=ChangedProject, answer=ProjectShape)
    def patch(self, request: Request, project_id: UUID) -> Response:
        """Change what is named, and leave the rest as it is."""
        project = self.project(project_id)
        change_project(
            project=project,
            wanted=self.body(ChangedProject),
            by=self.access.actor,
            now=timezone.now(),
        )
        return Response(describe(project))

    @operation(
        "delete_project", "Delete a project", answer=DeletionShape, status=HTTPStatus.ACCEPTED
    )
    def delete(self, request: Request, project_id: UUID) -> Response:
        """Close a project for its visitors at once, and have it deleted after seven days with its
        sources, documents and conversations, for good. Until then it can be read and exported, and
        the deletion taken back. Needs a key of the whole organization."""
        project = self.project(project_id)
        when = schedule_project(project=project, by=self.access.actor, now=timezone.now())
        return Response(
            DeletionShape({"deletes_at": when, "is_held": is_held(project.pk)}).data,
            status=HTTPStatus.ACCEPTED,
        )


class TakeBackProject(ApiView):
    """The deletion of a project, taken back."""

    group = "Projects"
    whole_organization = ("POST",)
    while_ending = ("POST",)

    @operation("take_back_project", "Take back a deletion", answer=ProjectShape)
    def post(self, request: Request, project_id: UUID) -> Response:
        """Keep a project that was to be deleted, and let it answer again. Needs a key of the whole
        organization."""
        project = self.project(project_id)
        take_back_project(project=project, by=self.access.actor, now=timezone.now())
        project.refresh_from_db()
        return Response(describe(project))


def describe(project: Project) -> Any:
    """A project as the API shows it, opened."""
    row = {name: getattr(project, name) for name in _PLAIN}
    return ProjectShape(row | asdict(Settings.of(project)) | asdict(Look.of(project))).data


urlpatterns = [
    path("projects/", Projects.as_view(), name="projects"),
    path(
        "projects/<uuid:project_id>/take-back/",
        TakeBackProject.as_view(),
        name="take_back_project",
    ),
    path("projects/<uuid:project_id>/", OneProject.as_view(), name="project"),
]
