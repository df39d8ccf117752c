"""From candidates, whose words are sealed, to passages that can be read: those that are wanted."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from askorac.sealing.fields import purpose_of
from askorac.sealing.keyring import Keyring

from .models import Chunk, Document


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk as retrieved. `score` is the cosine with the question, -1 to 1.

    `url` is where the document lies on the web; it is empty for files and pasted texts.
    """

    chunk_id: UUID
    document_id: UUID
    title: str
    text: str
    page: int | None
    heading: str
    score: float
    url: str = ""


class Candidate(NamedTuple):
    """A chunk as a search finds it, with its document's title and address, all sealed."""

    chunk_id: UUID
    document_id: UUID
    title: bytes | None
    text: bytes
    page: int | None
    heading: bytes | None
    score: float
    url: bytes | None
    ordinal: int
    text_digest: bytes


def opened(candidates: Iterable[Candidate], *, ring: Keyring, limit: int) -> list[Passage]:
    """The first `limit` of the candidates, each text once. Nothing else is opened.

    Raises Tampered.
    """
    passages: dict[str, Passage] = {}
    digests: set[bytes] = set()
    for each in candidates:
        if len(passages) == limit:
            break
        if each.text_digest in digests:
            continue
        digests.add(each.text_digest)
        passage = _opened(each, ring)
        passages.setdefault(passage.text, passage)
    return list(passages.values())


def _opened(candidate: Candidate, ring: Keyring) -> Passage:
    def text(blob: bytes | None, purpose: str, row_id: UUID) -> str:
        return ring.open(blob, purpose=purpose, row_id=row_id).decode() if blob else ""

    return Passage(
        chunk_id=candidate.chunk_id,
        document_id=candidate.document_id,
        title=text(candidate.title, purpose_of(Document, "title"), candidate.document_id),
        text=text(candidate.text, purpose_of(Chunk, "text"), candidate.chunk_id),
        page=candidate.page,
        heading=text(candidate.heading, purpose_of(Chunk, "heading"), candidate.chunk_id),
        score=candidate.score,
        url=text(candidate.url, purpose_of(Document, "url"), candidate.document_id),
    )
