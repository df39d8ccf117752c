"""An answer in the making: what was heard, what of it was said, and what it comes to.

Confidence is 0 to 1. How relevant the best passage is that the answer rests on, is its score
between the floor (0) and six tenths of the way from there to a perfect score (1). An answer that
names its passages has 0.3 + 0.7 × relevance; one that names none, half of that; one that says
that it does not know, 0.2 × relevance.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit

from conversations.cited import Place, address_of_quote
from conversations.events import Citation, Finished
from conversations.turns import Ending, TurnKey, failed_ending
from keys.clients import (
    AnsweredBy,
    Completion,
    Piece,
    ProviderUnavailable,
    RequestRefused,
    ToolCall,
)
from keys.spending import Spent, cost_of
from knowledge.passages import Passage
from projects.domains import is_allowed_origin

from .citing import Quote, Text, quotes
from .cleaning import Cleaner
from .searching import Grounds

NOT_FOUND: Final = "I could not find that in the documents I have."
NO_DOCUMENTS: Final = "I have no documents to answer from yet."

# Many times what a model is asked for; one that does not keep to it is not heard any further.
MOST_HEARD_CHARACTERS: Final = 8_000

_PART: Final = 500
_CUT: Final = " …"
_HIGH: Final = 0.6


class Draft:
    """One answer. `text` is what was said so far; what is told to listeners is nothing else.

    It `is_full` when its model has said more than is ever asked of one: the rest is not heard.
    """

    def __init__(self, key: TurnKey, grounds: Grounds) -> None:
        self.text = ""
        self.was_asked = False
        self.is_full = False
        self._key = key
        self._grounds = grounds
        self._completion: Completion | None = None
        self._answers = AnsweredBy(grounds.model.provider, grounds.model.name)
        self._heard = 0
        self._cleaner = Cleaner(
            markers=range(1, len(grounds.passages) + 1),
            allows=lambda address: _is_allowed(address, grounds.allowed_domains),
        )

    @property
    def has_given_up(self) -> bool:
        """Whether the answerer said at once that the passages do not hold the answer."""
        return self._cleaner.has_given_up and not self.text

    def hear(self, piece: Piece) -> str:
        """Take a piece of the provider's stream; returns the text to say now, may be empty."""
        self.was_asked = True
        if isinstance(piece, AnsweredBy):
            self._answers = piece
            return ""
        if isinstance(piece, Completion):
            self._completion = piece
            return ""
        if isinstance(piece, ToolCall):
            return ""  # none was offered
        room = MOST_HEARD_CHARACTERS - self._heard
        self._heard += len(piece)
        self.is_full = self._heard > MOST_HEARD_CHARACTERS
        parts = _parts(piece[: max(0, room)])
        return self._say("".join([self._cleaner.feed(part) for part in parts]))

    def end(self) -> str:
        """The text that is left to say. Raises a ProviderFault if a provider said nothing."""
        rest = self._say(self._cleaner.close() + _CUT * self.is_full)
        if self.text:
            return rest
        if not self._grounds.has_documents:
            return self._say(NO_DOCUMENTS)
        if self.has_given_up or not self._grounds.passages:
            return self._say(self._grounds.unanswered_text or NOT_FOUND)
        if self._completion and self._completion.finish_reason == "filtered":
            raise RequestRefused
        raise ProviderUnavailable

    def finished(self) -> tuple[Finished, tuple[Citation, ...]]:
        """The whole answer, and the citations that it rests on."""
        numbers = self._cleaner.cited or range(1, len(self._grounds.passages) + 1)
        passages = [self._grounds.passages[number - 1] for number in numbers]
        is_marked = bool(self._cleaner.cited)
        is_unknown = self.text in {NOT_FOUND, NO_DOCUMENTS, self._grounds.unanswered_text}
        is_answered = is_marked or not (is_unknown or self._cleaner.has_given_up)
        texts = [Text(n, passage.text) for n, passage in enumerate(passages, start=1)]
        found = quotes(self.text, texts) if is_answered else []
        rests_on = [passages[quote.n - 1] for quote in found] or self._grounds.passages
        spent = self._spent()
        asked = self._answers if self.was_asked else self._grounds.rewriting
        finished = Finished(
            text=self.text,
            confidence=self._confidence(rests_on, is_answered=is_answered, is_marked=is_marked),
            is_answered=is_answered,
            suggestions=(),
            provider=asked.provider if asked else "",
            model=asked.model if asked else "",
            input_tokens=sum(each.completion.input_tokens for each in spent) or None,
            output_tokens=sum(each.completion.output_tokens for each in spent) or None,
        )
        cited = [(quote, passages[quote.n - 1]) for quote in found]
        return finished, tuple(self._citation(n, *each) for n, each in enumerate(cited, start=1))

    def cost(self, now: datetime) -> Decimal | None:
        """What asking the models cost in US dollars; None where it is not known."""
        return cost_of(self._spent(), on=now.date())

    def _spent(self) -> list[Spent]:
        """What was counted: the answer, and before it the rewriting of the question."""
        rewriting = self._grounds.rewriting
        spent = [rewriting] if rewriting else []
        if self._completion:
            spent.append(Spent(self._answers.provider, self._answers.model, self._completion))
        return spent

    def broken_off(self, code: str) -> Ending:
        """The ending of an answer that comes no further."""
        return failed_ending(
            code,
            text=self.text,
            provider=self._answers.provider if self.was_asked else "",
            model=self._answers.model if self.was_asked else "",
        )

    def _say(self, text: str) -> str:
        self.text += text
        return text

    def _confidence(
        self, passages: Sequence[Passage], *, is_answered: bool, is_marked: bool
    ) -> float:
        floor = self._grounds.floor
        best = max((passage.score for passage in passages), default=floor)
        relevance = min(1.0, max(0.0, (best - floor) / (_HIGH * (1 - floor))))
        if not is_answered:
            return round(0.2 * relevance, 3)
        return round((0.3 + 0.7 * relevance) * (1.0 if is_marked else 0.5), 3)

    def _citation(self, n: int, quote: Quote, passage: Passage) -> Citation:
        place = Place(
            organization_id=self._key.organization_id,
            project_id=self._key.project_id,
            chunk_id=passage.chunk_id,
            start=quote.start,
            end=quote.end,
        )
        said = " ".join(passage.text[quote.start : quote.end].split())
        return Citation(
            n=n,
            title=passage.title,
            path=place.path,
            quote=said,
            page=passage.page,
            document_id=passage.document_id,
            chunk_id=passage.chunk_id,
            url=address_of_quote(passage.url, said, page=passage.page) if passage.url else "",
        )


def _parts(piece: str) -> Iterator[str]:
    """A piece as if it had come in small ones: what may be markup is looked at again and again."""
    return (piece[at : at + _PART] for at in range(0, len(piece), _PART))


def _is_allowed(address: str, domains: Sequence[str]) -> bool:
    """Whether an answer may link there: to the project's sites and to our own pages."""
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return False
    origin = f"{parts.scheme}://{parts.hostname}{port}"
    return "@" not in parts.netloc and is_allowed_origin(origin, allowed=list(domains))
