"""What sources are called, blind: by what their rows are found while all of it lies sealed."""

from typing import Final
from uuid import UUID

from django.db.models import Count, Q

from askorac.sealing.keyring import Keyring

from .models import Source, SourceWord
from .words.beginnings import beginnings_asked, beginnings_of

_MOST_ASKED: Final = 12
# What makes a beginning of a name another number than the same letters in a document.
_NAMES: Final = "name of a source\0"


def id_digest(external_id: str, *, ring: Keyring) -> bytes | None:
    """What stands for a caller's own id; None for none."""
    return _digest(external_id, "knowledge.source.external_id", ring)


def url_digest(url: str, *, ring: Keyring) -> bytes | None:
    """What stands for the address of a page, as `naming.usable_url` makes it; None for none."""
    return _digest(url, "knowledge.source.url", ring)


def blind_words(*texts: str, ring: Keyring) -> list[int]:
    """All numbers by which a source is found that is called so."""
    return [ring.blind(_NAMES + beginning) for beginning in beginnings_of(*texts)]


def keep_words(words: list[int], *, source: Source) -> None:
    """Let a source be found by these words and no others, in the open context."""
    SourceWord.objects.filter(source_id=source.pk).delete()
    SourceWord.objects.bulk_create(
        SourceWord(
            organization_id=source.organization_id,
            project_id=source.project_id,
            source_id=source.pk,
            word=word,
        )
        for word in words
    )


def called(text: str, *, project_id: UUID, ring: Keyring) -> Q:
    """The sources of a project whose names, addresses and ids have words that begin as all words
    of `text` do; none for a text without a word. Ask for many within `planning.by_hash`."""
    beginnings = beginnings_asked(text)[:_MOST_ASKED]
    asked = {ring.blind(_NAMES + beginning) for beginning in beginnings}
    if not asked:
        return Q(pk__in=[])
    having = SourceWord.objects.filter(project_id=project_id, word__in=asked).values("source_id")
    having_all = having.annotate(count=Count("word", distinct=True)).filter(count=len(asked))
    return Q(pk__in=having_all.values("source_id"))


def _digest(text: str, purpose: str, ring: Keyring) -> bytes | None:
    return ring.digest(text, purpose=purpose) if text else None
