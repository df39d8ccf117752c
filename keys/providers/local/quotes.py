"""An answerer that is no language model: it quotes what the passages say, and cites it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from typing import Final

from keys.providers.base import UNKNOWN, ChatRequest, Completion, Evidence, Piece, Vectors
from keys.providers.local.embedding import LocalEmbedding
from keys.providers.local.overlap import overlaps
from keys.providers.local.sentences import Statement, statements

# Calibrated in docs/decisions/0003. A score is a cosine (0 to 1) with what is added to it here.
OVERLAP_WEIGHT: Final = 0.5
RANK_PENALTY: Final = 0.03
SCORE_FLOOR: Final = 0.38
# A further statement is quoted if it is nearly as good as the best.
MARGIN: Final = 0.15
MOST_QUOTES: Final = 3
ALIKE: Final = 0.92

# Embedding is what takes time, so that words decide which statements are worth it.
CANDIDATES: Final = 5

WORDS_AT_ONCE: Final = 3
PACE_SECONDS: Final = 0.008
_WORD: Final = re.compile(r"\s*\S{1,16}\s*")


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A statement of a passage, and how much of the question's wording it has."""

    statement: Statement
    n: int
    position: int
    overlap: float

    @property
    def wording(self) -> str:
        """What is compared with the question: a statement means what its heading says it does."""
        return f"{self.statement.about} {self.statement.text}".strip()

    @property
    def prior(self) -> float:
        return OVERLAP_WEIGHT * self.overlap - RANK_PENALTY * self.n


class LocalQuotes:
    """Quotes one to three statements, each with its citation, or says UNKNOWN."""

    provider: Final = "local"
    name: Final = "quotes"
    is_language_model: Final = False

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Piece, None]:
        """Yield the quotes as Markdown, a few words at a time, then one Completion."""
        answer = _markdown(await _chosen(request.question, request.evidence)) or UNKNOWN
        for piece in _pieces(answer):
            yield piece
            await asyncio.sleep(PACE_SECONDS)
        yield Completion("stop", 0, 0)

    async def aclose(self) -> None:
        """Nothing to give back."""


async def _chosen(question: str, evidence: tuple[Evidence, ...]) -> list[_Candidate]:
    """The statements to quote, in reading order; none if none answers."""
    candidates = sorted(_candidates(question, evidence), key=lambda one: -one.prior)[:CANDIDATES]
    if not candidates:
        return []
    vectors = await LocalEmbedding().embed([question, *(one.wording for one in candidates)])
    chosen = _best(candidates, vectors)
    return sorted(chosen, key=lambda one: (one.n, one.position))


def _candidates(question: str, evidence: tuple[Evidence, ...]) -> list[_Candidate]:
    found: dict[str, tuple[int, int, Statement]] = {}
    for passage in evidence:
        for position, statement in enumerate(statements(passage.text)):
            # Neighbouring passages overlap: the first one is cited.
            found.setdefault(statement.text, (passage.n, position, statement))
    wordings = [f"{statement.about} {statement.text}" for _, _, statement in found.values()]
    return [
        _Candidate(statement, n, position, overlap)
        for (n, position, statement), overlap in zip(
            found.values(), overlaps(question, wordings), strict=True
        )
    ]


def _best(candidates: list[_Candidate], vectors: Vectors) -> list[_Candidate]:
    """Those that score near the best, none twice. The first vector is the question's."""
    asked, rows = vectors[0], vectors[1:]
    scores = [float(row @ asked) + one.prior for one, row in zip(candidates, rows, strict=True)]
    order = sorted(range(len(candidates)), key=lambda index: -scores[index])
    least = max(SCORE_FLOOR, scores[order[0]] - MARGIN)
    chosen: list[int] = []
    for index in order:
        is_new = all(float(rows[index] @ rows[other]) < ALIKE for other in chosen)
        if scores[index] >= least and is_new and len(chosen) < MOST_QUOTES:
            chosen.append(index)
    return [candidates[index] for index in chosen]


def _markdown(chosen: list[_Candidate]) -> str:
    """A blockquote for each run of sentences that follow each other, with its citation at the end.

    What a last sentence with a colon leads to stands below its quote.
    """
    parts: list[str] = []
    for run in _runs(chosen):
        text = " ".join(one.statement.text for one in run)
        parts.append(f"> {text} [{run[0].n}]")
        if continuation := run[-1].statement.continuation:
            parts.append(continuation)
    return "\n\n".join(parts)


def _runs(chosen: list[_Candidate]) -> list[list[_Candidate]]:
    runs: list[list[_Candidate]] = []
    for one in chosen:
        if runs and _follows(runs[-1][-1], one):
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _follows(last: _Candidate, one: _Candidate) -> bool:
    is_next = (last.n, last.position + 1) == (one.n, one.position)
    return is_next and last.statement.block == one.statement.block


def _pieces(answer: str) -> Iterator[str]:
    """The answer, a few words at a time; where words have no spaces, a few letters."""
    words = _WORD.findall(answer)
    for start in range(0, len(words), WORDS_AT_ONCE):
        yield "".join(words[start : start + WORDS_AT_ONCE])
