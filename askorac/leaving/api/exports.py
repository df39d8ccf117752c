"""/api/v1/exports/: everything, taken along as one archive."""

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpResponseBase
from django.urls import path
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from askorac.leaving.downloading import (
    Unsatisfiable,
    answer_download,
    answer_unsatisfiable,
    begin_download,
)
from askorac.leaving.exports import all_exports, ask_for_export, export_rows, get_export, is_there
from askorac.leaving.models import Export
from askorac.web.api.cursors import PageQuery, answer_page, read_page
from askorac.web.api.files import ZipFile
from askorac.web.api.schema import operation, page_of
from askorac.web.paging import NEWEST_FIRST
from projects.api_views import ApiView

ALL_METHODS: Final = ("GET", "POST", "DELETE")


class ExportShape(serializers.Serializer[Any]):
    """An archive of everything. `state` is `queued`, `processing`, `ready`, `failed` with a
    `reason`, or `expired`."""

    id = serializers.UUIDField()
    state = serializers.CharField()
    reason = serializers.CharField()
    percent = serializers.IntegerField(help_text="How much of it is made.")
    doing = serializers.CharField(help_text="What is being written.")
    size_bytes = serializers.IntegerField()
    asked_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    ready_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(
        allow_null=True, help_text="Until when it can be downloaded."
    )

    class Meta:
        ref_name = "Export"


class Exports(ApiView):
    """All exports."""

    group = "Exports"
    queries = {"GET": PageQuery}
    needs = {"GET": "own", "POST": "own"}
    whole_organization = ALL_METHODS
    while_ending = ALL_METHODS

    @operation("list_exports", "List exports", answer=page_of(ExportShape))
    def get(self, request: Request) -> Response:
        """Those that were asked for, the newest first. Needs a key that an owner has made, as all
        of this group does."""
        page = read_page(all_exports(), order=NEWEST_FIRST, query=self.query)
        shown = {row.id: row for row in export_rows(page.rows)}
        return answer_page(request, page, lambda row: ExportShape(shown[row.pk]).data)

    @operation("create_export", "Ask for an export", answer=ExportShape, status=HTTPStatus.ACCEPTED)
    def post(self, request: Request) -> Response:
        """Have an archive of everything made. While one is being made, that one is told."""
        made = ask_for_export(by=self.access.actor, now=timezone.now(), write_id=self.write_id)
        return Response(_export(made), status=HTTPStatus.ACCEPTED)


class OneExport(ApiView):
    """One export."""

    group = "Exports"
    needs = {"GET": "own"}
    whole_organization = ALL_METHODS

    @operation("read_export", "Read about an export", answer=ExportShape)
    def get(self, request: Request, export_id: UUID) -> Response:
        """How far it is."""
        return Response(_export(_find(export_id)))


class DownloadExport(ApiView):
    """The archive of an export."""

    group = "Exports"
    needs = {"GET": "own"}
    whole_organization = ALL_METHODS
    opens_context = False
    renderer_classes = (JSONRenderer, ZipFile)

    @operation(
        "download_export",
        "Download an export",
        answer=OpenApiTypes.BINARY,
        media_type=ZipFile.media_type,
        also={
            (206, ZipFile.media_type): OpenApiResponse(
                OpenApiTypes.BINARY, description="Partial Content"
            ),
            416: OpenApiResponse(description="The range lies behind the end."),
        },
    )
    def get(self, request: Request, export_id: UUID) -> HttpResponseBase:
        """The archive, or with `Range` what is missing of it. 404 if it is not ready, or gone."""
        now = timezone.now()
        with self.context():
            export = _find(export_id)
            if not is_there(export, now=now):
                raise Http404
            try:
                wanted = begin_download(
                    export=export, request=request._request, by=self.access.actor, now=now
                )
            except Unsatisfiable:
                return answer_unsatisfiable(export)
        return answer_download(wanted, has_body=request.method != "HEAD")


def _find(export_id: UUID) -> Export:
    export = get_export(export_id)
    if export is None:
        raise Http404
    return export


def _export(export: Export) -> Any:
    return ExportShape(export_rows([export])[0]).data


urlpatterns = [
    path("exports/", Exports.as_view(), name="exports"),
    path("exports/<uuid:export_id>/", OneExport.as_view(), name="export"),
    path("exports/<uuid:export_id>/download/", DownloadExport.as_view(), name="download_export"),
]
