"""The words of documents in their table: written blind, and asked for by equality alone."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection

from askorac.sealing.keyring import Keyring
from knowledge.models import Document, Posting, Vocabulary

from . import entries, scoring
from .analysis import stems_asked, stems_of
from .languages import language_of
from .scoring import Matches, Word

MOST_MATCHES: Final = 50
# One more, and a migration that asks for it, whenever texts are indexed otherwise than before.
EDITION: Final = 1
# A language that fewer chunks are in was most likely told wrong.
_LEAST_SHARE: Final = 0.02
_MOST_ASKED: Final = 64

# Named keep postings: one row a word of the document.
_KEEP = """
    INSERT INTO knowledge_posting (organization_id, id, project_id, document_id, word, entries)
    SELECT %s, gen_random_uuid(), %s, %s, w.word, w.entries
    FROM unnest(%s::int8[], %s::bytea[]) AS w (word, entries)
"""
# Named languages of a project: each with its chunks and words.
_LANGUAGES = """
    SELECT language, sum(chunk_count)::int8, sum(word_count)::int8 FROM knowledge_vocabulary
    WHERE project_id = %s GROUP BY language
"""
# Named look up words: a row a word. Equality alone, since only that uses an index under policies.
_LOOK_UP = """
    SELECT string_agg(uuid_send(document_id), ''::bytea),
        string_agg(int4send(octet_length(entries) / 8), ''::bytea),
        string_agg(entries, ''::bytea)
    FROM knowledge_posting WHERE project_id = %s AND word = ANY (%s) GROUP BY word
"""


@dataclass(frozen=True, slots=True)
class BlindWords:
    """The words of one document, ready to be kept; `entries` are packed, by the blind word."""

    language: str
    chunk_count: int
    word_count: int
    entries: dict[int, bytes]


def blind_words(texts: Sequence[str], *, title: str, ring: Keyring) -> BlindWords:
    """The words of a document, from the texts of its chunks in order. No database is asked.

    Those of its title stand in each chunk.
    """
    language = language_of("\n".join(texts))
    found: defaultdict[str, list[tuple[int, int, int]]] = defaultdict(list)
    word_count = 0
    titled = stems_of(title, language)
    for ordinal, text in enumerate(texts):
        counted = stems_of(text, language) + titled
        length = counted.total()
        word_count += length
        for stem, frequency in counted.items():
            found[stem].append((ordinal, frequency, length))
    packed = {ring.blind(stem): entries.pack(places) for stem, places in found.items()}
    return BlindWords(language, len(texts), word_count, packed)


def keep(words: BlindWords, *, organization_id: UUID, project_id: UUID, document_id: UUID) -> None:
    """Let a document be found by its words, in the open transaction; safe to repeat."""
    _lock(document_id)
    Posting.objects.filter(document_id=document_id).delete()
    Vocabulary.objects.filter(document_id=document_id).delete()
    Vocabulary.objects.create(
        project_id=project_id,
        document_id=document_id,
        language=words.language,
        chunk_count=words.chunk_count,
        word_count=words.word_count,
        edition=EDITION,
    )
    place = [organization_id, project_id, document_id]
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [*place, list(words.entries), list(words.entries.values())])


def _lock(document_id: UUID) -> None:
    """Whoever else keeps this document's words waits until the transaction ends."""
    list(Document.objects.select_for_update().filter(pk=document_id).values_list("pk"))


def are_kept(document_id: UUID) -> bool:
    """Whether a document's words are indexed as they would be now."""
    return Vocabulary.objects.filter(document_id=document_id, edition=EDITION).exists()


def look_up(question: str, *, project_id: UUID, ring: Keyring) -> Matches:
    """The chunks of a project that have words of a question, in the open context."""
    with connection.cursor() as cursor:
        cursor.execute(_LANGUAGES, [project_id])
        rows = cursor.fetchall()
        chunk_count, word_count = sum(row[1] for row in rows), sum(row[2] for row in rows)
        languages = [row[0] for row in rows if row[1] >= _LEAST_SHARE * chunk_count]
        asked = [ring.blind(stem) for stem in sorted(stems_asked(question, languages))]
        if not asked:
            return scoring.NONE
        cursor.execute(_LOOK_UP, [project_id, asked[:_MOST_ASKED]])
        words = [Word(*map(bytes, row)) for row in cursor.fetchall()]
    return scoring.score(
        words,
        asked_count=len(asked),
        chunk_count=chunk_count,
        word_count=word_count,
        most=MOST_MATCHES,
    )
