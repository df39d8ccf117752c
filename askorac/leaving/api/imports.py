"""/api/v1/imports/: archives that are brought in."""

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.http import Http404
from django.urls import path
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from askorac.leaving.imports import (
    MOST_UPLOAD_BYTES,
    TOO_LARGE,
    all_imports,
    bring_in,
    get_import,
    import_rows,
)
from askorac.leaving.models import Import
from askorac.web.api.bodies import Body, FormBody
from askorac.web.api.cursors import PageQuery, answer_page, read_page
from askorac.web.api.problems import RETRY_SECONDS, refuse
from askorac.web.api.schema import operation, page_of
from askorac.web.paging import NEWEST_FIRST
from knowledge.files import StorageAway
from projects.api_views import ApiView

ALL_METHODS: Final = ("GET", "POST")


class ImportShape(serializers.Serializer[Any]):
    """An archive that was brought in. `state` is `queued`, `processing`, `ready`, or `failed` with
    a `reason`; then nothing of it was kept."""

    id = serializers.UUIDField()
    state = serializers.CharField()
    reason = serializers.CharField()
    percent = serializers.IntegerField(help_text="How much of it is done.")
    doing = serializers.CharField(help_text="What is being done.")
    name = serializers.CharField()
    size_bytes = serializers.IntegerField()
    asked_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    project_ids = serializers.ListField(
        child=serializers.UUIDField(), help_text="The projects that it made."
    )
    remarks = serializers.ListField(
        child=serializers.CharField(), help_text="What could not be taken over as it was."
    )

    class Meta:
        ref_name = "Import"


@extend_schema_field(OpenApiTypes.BINARY)
class Upload(serializers.FileField):
    """A file of a form."""


class NewImport(Body):
    """An archive, as a form."""

    file = Upload(max_length=1000, help_text="A ZIP file that an export has made; at most 100 MB.")


class Imports(ApiView):
    """All imports."""

    group = "Imports"
    queries = {"GET": PageQuery}
    needs = {"GET": "own", "POST": "own"}
    whole_organization = ALL_METHODS
    parser_classes = (FormBody,)
    opens_context = False

    @operation("list_imports", "List imports", answer=page_of(ImportShape))
    def get(self, request: Request) -> Response:
        """Archives that were brought in, the newest first. Needs a key that an owner has made, as
        all of this group does."""
        with self.context():
            page = read_page(all_imports(), order=NEWEST_FIRST, query=self.query)
            shown = {row.id: row for row in import_rows(page.rows)}
            return answer_page(request, page, lambda row: ImportShape(shown[row.pk]).data)

    @operation(
        "create_import",
        "Bring an archive in",
        body={FormBody.media_type: NewImport},
        answer=ImportShape,
        status=HTTPStatus.ACCEPTED,
    )
    def post(self, request: Request) -> Response:
        """Make a new project of each project in the archive, in the background. All of it is looked
        at first: of an archive that can't be brought in, nothing is kept."""
        file = self.body(NewImport)["file"]
        if (file.size or 0) > MOST_UPLOAD_BYTES:
            raise ValidationError({"file": [TOO_LARGE]})
        try:
            made = bring_in(
                content=file.chunks(),
                size=file.size or 0,
                name=file.name or "",
                organization_id=self.access.organization_id,
                by=self.access.actor,
                now=timezone.now(),
                write_id=self.write_id,
            )
        except StorageAway as away:
            raise refuse(
                HTTPStatus.SERVICE_UNAVAILABLE, str(away), retry_after=RETRY_SECONDS
            ) from away
        with self.context():
            return Response(_import(made), status=HTTPStatus.ACCEPTED)


class OneImport(ApiView):
    """One import."""

    group = "Imports"
    needs = {"GET": "own"}
    whole_organization = ALL_METHODS

    @operation("read_import", "Read about an import", answer=ImportShape)
    def get(self, request: Request, import_id: UUID) -> Response:
        """How far it is, and what became of it."""
        row = get_import(import_id)
        if row is None:
            raise Http404
        return Response(_import(row))


def _import(row: Import) -> Any:
    return ImportShape(import_rows([row])[0]).data


urlpatterns = [
    path("imports/", Imports.as_view(), name="imports"),
    path("imports/<uuid:import_id>/", OneImport.as_view(), name="import"),
]
