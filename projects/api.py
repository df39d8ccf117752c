"""/api/v1/projects/ and /api/v1/api-keys/."""

from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from askorac.web.api.bodies import Body, Text
from askorac.web.api.cursors import NEWEST_FIRST, PageQuery, answer_page, read_page
from askorac.web.api.schema import operation, page_of

from .api_views import ApiView
from .lifecycle import create_project
from .models import Project


class ProjectShape(serializers.Serializer[Any]):
    """A project: one assistant."""

    id = serializers.UUIDField()
    name = serializers.CharField()

    class Meta:
        ref_name = "Project"


class NewProject(Body):
    """A project to be made."""

    name = Text(max_length=80, help_text="Your colleagues see it.")


class Projects(ApiView):
    group = "Projects"
    queries = {"GET": PageQuery}

    @operation("list_projects", "List projects", answer=page_of(ProjectShape))
    def get(self, request: Request) -> Response:
        """All projects that the key opens, the newest first."""
        page = read_page(self._reached(), order=NEWEST_FIRST, **self.query)
        return answer_page(request, page, _describe)

    @operation(
        "create_project",
        "Make a project",
        body=NewProject,
        answer=ProjectShape,
        status=HTTPStatus.CREATED,
    )
    def post(self, request: Request) -> Response:
        """A new project."""
        wanted = self.body(NewProject)
        project = create_project(name=wanted["name"], by=self.access.actor, now=timezone.now())
        return Response(_describe(project), status=HTTPStatus.CREATED)

    def _reached(self) -> "QuerySet[Project]":
        only = self.access.project_id
        return Project.objects.filter(pk=only) if only else Project.objects.all()


def _describe(project: Project) -> Any:
    return ProjectShape(project).data


urlpatterns = [path("projects/", Projects.as_view(), name="projects")]
