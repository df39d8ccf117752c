"""An archive as it leaves: streamed from its parts, from wherever a download was broken off.

Nothing is put together, and no thread waits with it: each block is read in one hop into a thread.
"""

import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import IO, Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from askorac.sealing import keyrings
from askorac.sealing.sealed import Sealed
from askorac.tenancy.context import in_thread
from askorac.web.late import LateResponse
from projects.trail.recording import Actor, record

from . import parts
from .exporting import parts_of
from .exports import target_of_export
from .models import Export

BLOCK_BYTES: Final = 256 * 1024
_RANGE: Final = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_HEADERS: Final = {
    "Content-Type": "application/zip",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
    "Accept-Ranges": "bytes",
}


class Unsatisfiable(Exception):
    """The range that is wanted lies behind the end."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A part, closed: where it begins in the archive, and how it opens."""

    id: UUID
    key: Sealed
    size: int
    begins: int


@dataclass(frozen=True, slots=True)
class Download:
    """What is sent of an archive: from `begin` up to, and without, `end`."""

    organization_id: UUID
    export_id: UUID
    file_name: str
    size: int
    begin: int
    end: int
    parts: Sequence[_Part]

    @property
    def is_whole(self) -> bool:
        return self.end - self.begin == self.size

    def headers(self) -> dict[str, str]:
        """Of the answer."""
        told = {
            **_HEADERS,
            "Content-Length": str(self.end - self.begin),
            "Content-Disposition": f'attachment; filename="{self.file_name}"',
            "ETag": etag_of(self.export_id),
        }
        if not self.is_whole:
            told["Content-Range"] = f"bytes {self.begin}-{self.end - 1}/{self.size}"
        return told

    def status(self) -> HTTPStatus:
        return HTTPStatus.OK if self.is_whole else HTTPStatus.PARTIAL_CONTENT


def begin_download(*, export: Export, request: HttpRequest, by: Actor, now: datetime) -> Download:
    """What a request wants of an archive, written down in the trail; in the open context.

    Raises Unsatisfiable.
    """
    begin, end = _wanted(request, export)
    record(action="export.downloaded", target=target_of_export(), by=by, now=now, **_told(begin))
    begins, found = 0, []
    for row in parts_of(export):
        found.append(_Part(row.pk, row.key, row.size_bytes, begins))
        begins += row.size_bytes
    name = f"askorac-{export.ready_at:%Y-%m-%d}-{str(export.pk)[:8]}.zip"
    return Download(
        export.organization_id, export.pk, name, export.size_bytes, begin, end, tuple(found)
    )


def answer_download(download: Download, *, has_body: bool) -> HttpResponseBase:
    """The answer; without its body, for who only asks."""
    if not has_body:
        return HttpResponse(status=download.status(), headers=download.headers())
    response = LateResponse(lambda _: _stream(download))
    response.begin(status=download.status(), headers=download.headers())
    return response


def answer_unsatisfiable(export: Export) -> HttpResponse:
    """To a range that lies behind the end."""
    headers = {**_HEADERS, "Content-Range": f"bytes */{export.size_bytes}"}
    return HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)


def etag_of(export_id: UUID) -> str:
    """An archive never changes: its id is its version."""
    return f'"{export_id}"'


def _told(begin: int) -> dict[str, Any]:
    return {"from_byte": begin} if begin else {}


def _wanted(request: HttpRequest, export: Export) -> tuple[int, int]:
    """One range of bytes; all of it where none, several, or another version's is asked for, and
    where it ends before it begins, which is no range (RFC 9110, 14.1.2)."""
    size = export.size_bytes
    found = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if_range = request.headers.get("If-Range")
    if found is None or (if_range and if_range != etag_of(export.pk)) or not any(found.groups()):
        return 0, size
    first, last = found.groups()
    if not first:
        begin, end = max(size - int(last), 0), size
    elif last and int(last) < int(first):
        return 0, size
    else:
        begin, end = int(first), min(int(last) + 1 if last else size, size)
    if begin >= end:
        raise Unsatisfiable
    return begin, end


async def _stream(download: Download) -> AsyncGenerator[bytes, None]:
    for part in download.parts:
        begin = max(download.begin - part.begins, 0)
        left = min(download.end - part.begins, part.size) - begin
        if left <= 0:
            continue
        await keyrings.ready(download.organization_id)
        file = await in_thread(_open, download, part, begin)
        try:
            while left > 0:
                await keyrings.ready(download.organization_id)
                block = await in_thread(file.read, min(BLOCK_BYTES, left))
                left -= len(block)
                yield block
        finally:
            file.close()


def _open(download: Download, part: _Part, begin: int) -> IO[bytes]:
    name = parts.name_of(download.organization_id, download.export_id, part.id)
    file = parts.read(name, key=part.key.open(), size=part.size)
    file.seek(begin)
    return file
