"""Documents as our staff read them under a grant: on their login, inside `content_opened`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from askorac.tenancy.router import STAFF
from askorac.web.paging import NEWEST_FIRST, read_page

from .models import Document
from .reading import Place, ReadPage, read_text

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class ReadTitle:
    """A document in the list."""

    id: UUID
    title: str
    url: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ReadTitles:
    """One page; `older` is the cursor of the next one, None on the last."""

    rows: tuple[ReadTitle, ...]
    older: str | None


def list_for_staff(*, organization_id: UUID, project_id: UUID, before: str | None) -> ReadTitles:
    """The documents that answers are taken from, the newest first. One statement.

    Raises NoSuchCursor, KeyRevoked, KeysAway.
    """
    found = _documents(organization_id).filter(project_id=project_id)
    page = read_page(found, order=NEWEST_FIRST, cursor=before, limit=PAGE)
    return ReadTitles(tuple(map(_title, page.rows)), page.next)


def get_for_staff(*, organization_id: UUID, document_id: UUID) -> ReadTitle | None:
    """One document; None for any id that is not one of the organization's."""
    row = _documents(organization_id).filter(pk=document_id).first()
    return _title(row) if row else None


def text_for_staff(*, document_id: UUID, at: int) -> tuple[tuple[ReadPage, ...], Place]:
    """As `reading.read_text`, on the staff login."""
    return read_text(document_id=document_id, at=at, using=STAFF)


def _documents(organization_id: UUID) -> QuerySet[Document]:
    rows = Document.objects.using(STAFF).only(*Document.isolation.reading)
    return rows.filter(organization_id=organization_id, is_draft=False)


def _title(row: Document) -> ReadTitle:
    return ReadTitle(row.pk, row.title.open(), row.url.open(), row.created_at)
