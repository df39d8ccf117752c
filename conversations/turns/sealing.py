"""What the statements of a turn bind and read: sealed, each value for its column and its row."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.db.models import Model

from askorac.sealing.fields import SealedField
from askorac.sealing.keyring import Keyring

from ..events import Citation
from ..models import Conversation, Message, Turn
from .records import Ending, Question, TurnKey

_MOST_PAGE_URL_CHARACTERS: Final = 2_000


def sealed_question(ring: Keyring, question: Question) -> dict[str, bytes | None]:
    """The question and where it was asked, by the names that `BEGIN` has for them."""
    key = question.key
    page_url = _storable(question.page_url)[:_MOST_PAGE_URL_CHARACTERS]
    return {
        "page_url": _sealed(ring, _PAGE_URL, key.conversation_id, page_url),
        "question": sealed_text(ring, key.question_message_id, question.text),
    }


def sealed_answer(ring: Keyring, key: TurnKey, ending: Ending) -> dict[str, bytes | None]:
    """The answer and its citations, by the names that `FINISH` has for them."""
    citations = [citation.stored() for citation in ending.citations]
    return {
        "text": sealed_text(ring, key.answer_message_id, ending.text),
        "citations": _sealed(ring, _CITATIONS, key.answer_message_id, citations),
    }


def sealed_text(ring: Keyring, message_id: UUID, text: str) -> bytes | None:
    """The text of a message."""
    return _sealed(ring, _TEXT, message_id, _storable(text))


def sealed_checkpoint(ring: Keyring, turn_id: UUID, text: str) -> bytes | None:
    """What a turn has said so far."""
    return _sealed(ring, _CHECKPOINT, turn_id, _storable(text))


def opened_checkpoint(ring: Keyring, turn_id: UUID, blob: bytes | None) -> str:
    """What a turn had said at its last checkpoint."""
    text: str = _opened(ring, _CHECKPOINT, turn_id, blob)
    return text


def opened_question(ring: Keyring, row: Mapping[str, Any]) -> str:
    """The question of a record's row."""
    text: str = _opened(ring, _TEXT, row["question_id"], row["question"])
    return text


def opened_answer(ring: Keyring, row: Mapping[str, Any]) -> str:
    """The answer of a record's row: its message's text, else what the turn has of it."""
    text: str = _opened(ring, _TEXT, row["answer_id"], row["answer"])
    return text or opened_checkpoint(ring, row["turn_id"], row["checkpoint"])


def opened_citations(ring: Keyring, row: Mapping[str, Any]) -> tuple[Citation, ...]:
    """What the answer of a record's row rests on."""
    stored = _opened(ring, _CITATIONS, row["answer_id"], row["citations"]) or ()
    return tuple(Citation.restored(each) for each in stored)


def _sealed(ring: Keyring, column: SealedField, row_id: UUID, value: Any) -> bytes | None:
    """Nothing is stored of what is empty."""
    if not value:
        return None
    return ring.seal(column.to_bytes(value), purpose=column.purpose, row_id=row_id)


def _opened(ring: Keyring, column: SealedField, row_id: UUID, blob: bytes | None) -> Any:
    if blob is None:
        return column.nothing()
    return column.from_bytes(ring.open(bytes(blob), purpose=column.purpose, row_id=row_id))


def _storable(text: str) -> str:
    """The text without what no page can show: the zero character and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _column(model: type[Model], name: str) -> SealedField:
    field = model._meta.get_field(name)
    assert isinstance(field, SealedField)
    return field


_TEXT: Final = _column(Message, "text")
_CITATIONS: Final = _column(Message, "citations")
_CHECKPOINT: Final = _column(Turn, "text")
_PAGE_URL: Final = _column(Conversation, "page_url")
