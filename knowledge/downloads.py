"""The file of a source, given back as it came: to be kept, never to be shown by a browser."""

from collections.abc import AsyncIterator
from typing import Final

from django.http import FileResponse

from askorac.tenancy.context import in_thread

from . import files
from .files import Kept
from .models import Source
from .models.sources import Kind

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


class NoFile(Exception):
    """The source is a page of the web, or its file is gone, maybe by a rule."""


class Attachment(FileResponse):
    """A file that is read bit by bit, on a loop in threads of the bounded pool."""

    block_size = 256 * 1024

    async def __aiter__(self) -> AsyncIterator[bytes]:
        parts = iter(self)
        while part := await in_thread(next, parts, b""):
            yield part


def attachment(*, source: Source) -> Attachment:
    """The source's file as a download. Raises NoFile.

    It opens as it is sent. Open no context around it: storage that is not a folder fetches the
    file first. Raises KeyRevoked, KeysAway or Tampered.
    """
    if source.kind == Kind.PAGE or source.file_purged_at is not None:
        raise NoFile
    try:
        opened = files.stream(Kept.of(source))
    except FileNotFoundError:
        raise NoFile from None
    return Attachment(
        opened,
        as_attachment=True,
        filename=_file_name(source),
        # Whatever is in it: a browser that is told no more runs nothing.
        content_type="application/octet-stream",
        headers={**_HEADERS, "Content-Length": str(source.size_bytes)},
    )


def _file_name(source: Source) -> str:
    """What it is saved as; a pasted text was never a file, and gets an ending."""
    name = "".join(letter for letter in source.name.open() if letter.isprintable())
    name = name.replace("/", "-").replace("\\", "-").strip(". ") or "source"
    return f"{name}.txt" if source.kind == Kind.TEXT else name
