"""The place that a citation leads to: a quote in its document, behind an address that is signed.

The address names organization, project, chunk and the quote's place in it. It opens no more than
the citation showed: a project's documents are what its public door answers from. When the source
is removed, or its text has changed, the address leads nowhere.
"""

import re
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote as percent
from uuid import UUID

from django.core.signing import BadSignature, Signer

from askorac.tenancy.context import tenant
from askorac.tenancy.endings import is_ending
from askorac.tenancy.lookups import is_suspended
from knowledge.models import Chunk

_FIELDS: Final = struct.Struct(">16s16s16sII")
_SIGNER: Final = Signer(salt="conversations.cited", sep=".")
_POINTING_WORDS: Final = 5
_FEWEST_WORDS: Final = 3
# What we write into a text to set it, and no page shows.
_MARKUP: Final = re.compile(r"[#|*`\[\]]|^[-+>] ")
_HEADING_MARK: Final = re.compile(r"(?m)^#{1,6} +")


@dataclass(frozen=True, slots=True)
class Place:
    """A quote in a chunk: `start` and `end` are offsets in characters of the chunk's text."""

    organization_id: UUID
    project_id: UUID
    chunk_id: UUID
    start: int
    end: int

    @property
    def path(self) -> str:
        """The address of the quote's page on our host."""
        ids = (self.organization_id, self.project_id, self.chunk_id)
        packed = _FIELDS.pack(*(each.bytes for each in ids), self.start, self.end)
        token = _SIGNER.sign(urlsafe_b64encode(packed).decode().rstrip("="))
        return f"/cited/{token}/"

    @classmethod
    def parse(cls, token: str) -> "Place | None":
        """The place that a token of ours names; None for any other."""
        try:
            encoded = _SIGNER.unsign(token)
        except BadSignature:
            return None
        *ids, start, end = _FIELDS.unpack(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
        organization_id, project_id, chunk_id = (UUID(bytes=each) for each in ids)
        return cls(organization_id, project_id, chunk_id, start, end)


@dataclass(frozen=True, slots=True)
class CitedPassage:
    """A quote in its passage, with the passages before and behind it.

    `passage_parts` are the passage's text in order, each with whether it is the quote.
    """

    title: str
    page: int | None
    before: str
    passage_parts: tuple[tuple[str, bool], ...]
    after: str


def address_of_quote(url: str, quote: str, *, page: int | None) -> str:
    """A page of the web at the words that are quoted from it; a document at its page.

    Browsers that don't know how to find words open the page at its top.
    """
    page_url, _, fragment = url.partition("#")
    if page is not None:
        return f"{page_url}#page={page}"
    words = quote.split(" ")
    first, last = " ".join(words[:_POINTING_WORDS]), " ".join(words[-_POINTING_WORDS:])
    if len(words) <= 2 * _POINTING_WORDS:
        first, last = quote, ""
    if len(words) < _FEWEST_WORDS or _MARKUP.search(first + last):
        return url
    pointed = ",".join(percent(each, safe="").replace("-", "%2D") for each in (first, last) if each)
    return f"{page_url}#{fragment}:~:text={pointed}"


def cited_passage(token: str) -> CitedPassage | None:
    """What a citation leads to; None if the token is not ours, the passage is gone, or nobody is
    shown anything because the organization is suspended, or it or the project is to be deleted.

    Opens the public door's context. Four statements. Raises KeyRevoked, KeysAway.
    """
    place = Place.parse(token)
    if place is None:
        return None
    with tenant(place.organization_id, project_id=place.project_id):
        found = Chunk.objects.select_related("document", "project")
        chunk = found.filter(pk=place.chunk_id).first()
        if chunk is None or chunk.project.deletes_at or is_suspended() or is_ending():
            return None
        around = Chunk.objects.filter(
            document_id=chunk.document_id,
            ordinal__in=[chunk.ordinal - 1, chunk.ordinal + 1],
            is_live=True,
        )
        neighbours = {each.ordinal: each for each in around.defer("embedding")}
    return _opened(chunk, neighbours, place)


def _opened(chunk: Chunk, neighbours: Mapping[int, Chunk], place: Place) -> CitedPassage | None:
    """The place in words; no transaction is open while a key service may be asked."""
    text = chunk.text.open()
    if place.end > len(text):
        return None
    texts = {ordinal: each.text.open() for ordinal, each in neighbours.items()}
    return CitedPassage(
        title=chunk.document.title.open(),
        page=chunk.page,
        before=_followed(texts.get(chunk.ordinal - 1, "")),
        passage_parts=_parts(text, place.start, place.end),
        after=_following(texts.get(chunk.ordinal + 1, "")),
    )


def _parts(text: str, start: int, end: int) -> tuple[tuple[str, bool], ...]:
    parts = (text[:start], False), (text[start:end], True), (text[end:], False)
    return tuple((_plain(part), is_quote) for part, is_quote in parts if part)


def _followed(text: str) -> str:
    return f"{_plain(text)}\n\n" if text else ""


def _following(text: str) -> str:
    return f"\n\n{_plain(text)}" if text else ""


def _plain(text: str) -> str:
    """Without the marks of headings, which are for models."""
    return _HEADING_MARK.sub("", text)
