"""/api/v1/projects/{id}/models/: which models a project has chosen."""

from typing import Any
from uuid import UUID

from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from askorac.jobs.models import State
from askorac.web.api.bodies import Body, Text
from askorac.web.api.schema import operation
from keys.choosing import MOST_MODEL, Wanted, choose_models, chosen_of, move_of
from projects.api_views import ApiView
from projects.models import Project


class MoveShape(serializers.Serializer[Any]):
    """Documents that are being embedded by another model; the one before finds passages until all
    are there. A move that failed goes on when the same is chosen again."""

    to = serializers.CharField()
    state = serializers.ChoiceField([State.QUEUED, State.PROCESSING, State.FAILED])
    done = serializers.IntegerField(help_text="Pieces of documents.")
    total = serializers.IntegerField()
    reason = serializers.CharField()

    class Meta:
        ref_name = "ModelsMove"


class ProjectModelsShape(serializers.Serializer[Any]):
    """The models of a project as `provider/model`, each of which may be empty: the default."""

    chat = serializers.CharField(help_text="Answers.")
    fallback = serializers.CharField(help_text="Answers while the first can't be had.")
    embedding = serializers.CharField(help_text="Finds passages: `provider/model/dimensions`.")
    embedding_in_use = serializers.CharField(
        help_text="What finds passages now; empty before the first document."
    )
    move = MoveShape(
        allow_null=True, help_text="The documents' way to the embedding model that was chosen."
    )

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
        return Response(_told(self.project(project_id)))

    @operation(
        "choose_project_models",
        "Choose a project's models",
        body=ChangedProjectModels,
        answer=ProjectModelsShape,
    )
    def patch(self, request: Request, project_id: UUID) -> Response:
        """Choose what answers and embeds. With another embedding model the documents are embedded
        anew, and answers are found by the one before until all are there."""
        project = self.project(project_id)
        before, wanted = chosen_of(project), self.body(ChangedProjectModels)
        choose_models(
            project=project,
            wanted=Wanted(
                wanted.get("chat", before.chat),
                wanted.get("fallback", before.fallback),
                wanted.get("embedding", before.embedding),
            ),
            by=self.access.actor,
            now=timezone.now(),
        )
        return Response(_told(project))


def _told(project: Project) -> Any:
    chosen = chosen_of(project)
    told = {
        "chat": chosen.chat,
        "fallback": chosen.fallback,
        "embedding": chosen.embedding,
        "embedding_in_use": project.embedding_space,
        "move": move_of(project),
    }
    return ProjectModelsShape(told).data


urlpatterns = [
    path("projects/<uuid:project_id>/models/", ModelsOfProject.as_view(), name="project_models")
]
