"""From a source to its text, wherever it lies: a file of ours, or a page of the web."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from knowledge import files
from knowledge.files import Kept
from knowledge.models import Source
from knowledge.models.sources import Kind

from .extract import extract_file, extract_page
from .fetch import Page, fetch_page
from .texts import ExtractedText, Unreadable

PASTED = "text.md"
PURGED = (
    "The original file is gone by the rule for uploads, and can't be read again. The text that was "
    "read from it goes on answering. Upload the file anew if it is to be read anew."
)


@dataclass(frozen=True, slots=True)
class Obtained:
    """A source's text, and what a page turned out to be: `fetched_at` is None for all others."""

    text: ExtractedText
    title: str
    size_bytes: int
    fetched_at: datetime | None


def obtain(source: Source) -> Obtained:
    """The text of a source. Raises Unreadable, NotFetched, KeyRevoked, KeysAway or Tampered."""
    if source.kind == Kind.PAGE:
        return _from_page(source.url.open())
    if source.file_purged_at is not None:
        raise Unreadable("purged", PURGED)
    name = source.name.open()
    with files.stream(Kept.of(source)) as file:
        called = PASTED if source.kind == Kind.TEXT else name
        text = extract_file(files.parts_of(file), filename=called)
    return Obtained(
        text=text,
        title=name if source.kind == Kind.TEXT else text.title or name,
        size_bytes=source.size_bytes,
        fetched_at=None,
    )


def _from_page(url: str) -> Obtained:
    page = fetch_page(url)
    fetched_at = timezone.now()
    text = _extracted(page)
    return Obtained(
        text=text,
        title=text.title or url[:255],
        size_bytes=len(page.body),
        fetched_at=fetched_at,
    )


def _extracted(page: Page) -> ExtractedText:
    try:
        return extract_page(page.body, content_type=page.content_type)
    except Unreadable as error:
        raise _of_page(error) from None


def _of_page(error: Unreadable) -> Unreadable:
    """The same fault in words that fit a page, where those for a file don't."""
    if error.code == "empty":
        return Unreadable(
            "empty",
            "There is no text at this address. A page that is put together in the browser can't "
            "be read from here: paste its text, or upload it as a file.",
        )
    if error.code in {"mislabelled", "unsupported"}:
        return Unreadable(
            "unsupported",
            "What lies at this address is neither a page nor a document that can be read. "
            "Give the address of a page, a PDF or another document with text in it.",
        )
    return error
