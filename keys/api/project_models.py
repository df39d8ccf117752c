"""/api/v1/projects/{id}/models/: which models a project has chosen."""

from typing import Any
from uuid import UUID

from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from askorac.web.api.bodies import Body, Text
from askorac.web.api.schema import operation
from keys.choosing import MOST_MODEL, Wanted, choose_models, chosen_of
from projects.api_views import ApiView


class ProjectModelsShape(serializers.Serializer[Any]):
    """The models of a project as `provider/model`, each of which may be empty: the default."""

    chat = serializers.CharField(help_text="Answers.")
    fallback = serializers.CharField(help_text="Answers while the first can't be had.")
    embedding = serializers.CharField(help_text="Finds passages: `provider/model/dimensions`.")

    class Meta:
        ref_name = "ProjectModels"


class ChangedProjectModels(Body):
    """The models to be used from now on; what is not named stays."""

    chat = Text(required=False, allow_blank=True, max_length=MOST_MODEL)
    fallback = Text(required=False, allow_blank=True, max_length=MOST_MODEL)
    embedding = Text(required=False, allow_blank=True, max_length=MOST_MODEL)


class ModelsOfProject(ApiView):
    """A project's models."""

    group = "Provider keys"

    @operation("read_project_models", "Read a project's models", answer=ProjectModelsShape)
    def get(self, request: Request, project_id: UUID) -> Response:
        """What was chosen; what is empty is left to the default."""
        return Response(ProjectModelsShape(chosen_of(self.project(project_id))).data)

    @operation(
        "choose_project_models",
        "Choose a project's models",
        body=ChangedProjectModels,
        answer=ProjectModelsShape,
    )
    def patch(self, request: Request, project_id: UUID) -> Response:
        """Choose what answers and embeds. The embedding model can be chosen while the project has
        no documents."""
        project = self.project(project_id)
        before, wanted = chosen_of(project), self.body(ChangedProjectModels)
        chosen = choose_models(
            project=project,
            wanted=Wanted(
                wanted.get("chat", before.chat),
                wanted.get("fallback", before.fallback),
                wanted.get("embedding", before.embedding),
            ),
            by=self.access.actor,
            now=timezone.now(),
        )
        return Response(ProjectModelsShape(chosen).data)


urlpatterns = [
    path("projects/<uuid:project_id>/models/", ModelsOfProject.as_view(), name="project_models")
]
