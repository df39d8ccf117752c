"""/api/v1/projects/{id}/sources/: files, pages and texts, by the caller's own ids if it has any."""

from datetime import datetime
from http import HTTPStatus
from typing import Any
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

from askorac.jobs.models import State
from askorac.web.api.bodies import FormBody, JSONBody
from askorac.web.api.cursors import PageQuery, answer_page, read_page
from askorac.web.api.problems import RETRY_SECONDS, refuse
from askorac.web.api.schema import operation, page_of
from askorac.web.paging import NEWEST_FIRST, Page
from knowledge.downloads import NoFile, attachment
from knowledge.files import StorageAway
from knowledge.models import Source
from knowledge.naming import MOST_ID_CHARACTERS
from knowledge.source_rows import source_row, source_rows
from knowledge.sources import (
    add_file,
    add_page,
    add_text,
    get_source,
    read_again,
    remove,
    select_sources,
)
from projects.api_views import ApiView
from projects.models import Project

from .source_shapes import NEW_SOURCE, NewFile, NewPage, NewText, SourceShape

REPLACED = OpenApiResponse(
    SourceShape, description="A source with this external id was there: its content was replaced."
)


class FileRenderer(JSONRenderer):
    """Lets a file be asked for by its type. What it renders itself are problems, as JSON."""

    media_type = "application/octet-stream"
    format = "file"


class SourceQuery(PageQuery):
    """Which sources are wanted."""

    external_id = serializers.CharField(
        required=False,
        max_length=MOST_ID_CHARACTERS,
        help_text="Only the source that has this id of yours.",
    )
    state = serializers.ChoiceField(
        State.choices, required=False, help_text="Only sources in this state."
    )


class Sources(ApiView):
    """The sources of a project."""

    group = "Sources"
    queries = {"GET": SourceQuery}
    parser_classes = (JSONBody, FormBody)
    opens_context = False

    @operation("list_sources", "List sources", answer=page_of(SourceShape))
    def get(self, request: Request, project_id: UUID) -> Response:
        """The sources of a project with how far each is, the newest first."""
        wanted = self.query
        with self.context():
            found = select_sources(
                project=self.project(project_id),
                external_id=wanted.get("external_id", ""),
                state=wanted.get("state", ""),
            )
            page = read_page(found, order=NEWEST_FIRST, query=wanted)
            rows = Page(source_rows(page.rows), page.next, page.previous)
        return answer_page(request, rows, lambda row: SourceShape(row).data)

    @operation(
        "create_source",
        "Add a source",
        body=NEW_SOURCE,
        answer=SourceShape,
        status=HTTPStatus.CREATED,
        also={(200, "application/json"): REPLACED},
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        """Add a file (as a form), a web page or a text (as JSON). It is read in the background:
        ask for the source until its state is `ready` or `failed`. With an `external_id` that a
        source of the project already has, that one's content is replaced; until it is read, the
        old text answers."""
        with self.context():
            project = self.project(project_id)
        now = timezone.now()
        try:
            source = self._add(request, project, now)
        except StorageAway as away:
            raise refuse(
                HTTPStatus.SERVICE_UNAVAILABLE, str(away), retry_after=RETRY_SECONDS
            ) from away
        with self.context():
            answer = SourceShape(source_row(source)).data
        is_new = source.created_at == now or source.pk == self.write_id
        return Response(answer, status=HTTPStatus.CREATED if is_new else HTTPStatus.OK)

    def _add(self, request: Request, project: Project, now: datetime) -> Source:
        common: dict[str, Any] = {
            "project": project,
            "by": self.access.actor,
            "now": now,
            "write_id": self.write_id,
        }
        if request.content_type.startswith(FormBody.media_type):
            sent = self.body(NewFile)
            return add_file(upload=sent["file"], external_id=sent["external_id"], **common)
        if isinstance(request.data, dict) and "url" in request.data:
            return add_page(**self.body(NewPage), **common)
        return add_text(**self.body(NewText), **common)


class OneSource(ApiView):
    """One source."""

    group = "Sources"

    @operation("read_source", "Read about a source", answer=SourceShape)
    def get(self, request: Request, project_id: UUID, source_id: UUID) -> Response:
        """One source with how far it is, and why it failed if it did."""
        source = _source(self.project(project_id), source_id)
        return Response(SourceShape(source_row(source)).data)

    @operation("delete_source", "Remove a source", status=HTTPStatus.NO_CONTENT)
    def delete(self, request: Request, project_id: UUID, source_id: UUID) -> Response:
        """Remove a source with its document and chunks at once, and its file."""
        source = _source(self.project(project_id), source_id)
        remove(source=source, by=self.access.actor, now=timezone.now())
        return Response(status=HTTPStatus.NO_CONTENT)


class RefreshedSource(ApiView):
    """A source that is to be read again."""

    group = "Sources"

    @operation(
        "refresh_source",
        "Read a source again",
        answer=SourceShape,
        status=HTTPStatus.ACCEPTED,
    )
    def post(self, request: Request, project_id: UUID, source_id: UUID) -> Response:
        """Fetch a web page again, or read a file or a text again. Until that is done, the old text
        answers. A source that is being read stays as it is."""
        source = _source(self.project(project_id), source_id)
        read_again(source=source, by=self.access.actor, now=timezone.now())
        return Response(SourceShape(source_row(source)).data, status=HTTPStatus.ACCEPTED)


class SourceFile(ApiView):
    """The file of a source."""

    group = "Sources"
    renderer_classes = (FileRenderer, JSONRenderer)
    opens_context = False

    @operation(
        "download_source",
        "Download a source's file",
        answer=OpenApiTypes.BINARY,
        media_type=FileRenderer.media_type,
    )
    def get(self, request: Request, project_id: UUID, source_id: UUID) -> HttpResponseBase:
        """The file as it was given, or the text; a web page has none."""
        with self.context():
            source = _source(self.project(project_id), source_id)
        try:
            return attachment(source=source)
        except NoFile:
            raise Http404 from None


def _source(project: Project, source_id: UUID) -> Source:
    source = get_source(project=project, source_id=source_id)
    if source is None:
        raise Http404
    return source


_ROOT = "projects/<uuid:project_id>/sources/"
urlpatterns = [
    path(_ROOT, Sources.as_view(), name="sources"),
    path(f"{_ROOT}<uuid:source_id>/", OneSource.as_view(), name="source"),
    path(f"{_ROOT}<uuid:source_id>/file/", SourceFile.as_view(), name="source_file"),
    path(f"{_ROOT}<uuid:source_id>/refresh/", RefreshedSource.as_view(), name="refresh"),
]
