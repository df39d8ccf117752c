"""A follow-up, put so that it can be searched for: "and for two people?" means nothing alone.

A first question is searched for as it is. A follow-up is rewritten by the language model; where
there is none, or it fails, the question is searched for both alone and behind the one before it.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from askorac.web.logs import LogEvent, log
from keys.clients import UNKNOWN, AnsweredBy, ChatModel, Completion, Piece, ProviderFault
from keys.spending import Spent

from .prompting import History, rewrite_request

REWRITE_SECONDS: Final = 4.0
MOST_REWRITTEN_TOKENS: Final = 120
MOST_REWRITTEN_CHARACTERS: Final = 500


@dataclass(frozen=True, slots=True)
class Wordings:
    """The texts to search for: one, or two whose results are to be fused; and what that cost."""

    texts: list[str]
    spent: Spent | None = None


async def wordings(question: str, *, history: History, model: ChatModel) -> Wordings:
    """How a question is searched for. Raises no fault."""
    if not history:
        return Wordings([question])
    rewritten, spent = "", None
    if model.is_language_model:
        rewritten, spent = await _rewritten(question, history, model)
    if rewritten:
        return Wordings([rewritten], spent)
    previous, _ = history[-1]
    return Wordings([question, f"{previous}\n{question}"], spent)


async def _rewritten(question: str, history: History, model: ChatModel) -> tuple[str, Spent | None]:
    """The question as the model puts it, or nothing if it did not do so in time."""
    request = rewrite_request(
        question=question, history=history, max_output_tokens=MOST_REWRITTEN_TOKENS
    )
    try:
        async with (
            asyncio.timeout(REWRITE_SECONDS),
            aclosing(model.stream(request)) as pieces,
        ):
            heard = [piece async for piece in pieces]
    except (ProviderFault, TimeoutError) as fault:
        log(LogEvent.PROVIDER_FAULT, level=logging.WARNING, broken=fault)
        return "", None
    said = "".join([piece for piece in heard if isinstance(piece, str)])
    rewritten = " ".join(said.split())
    usable = "" if UNKNOWN in rewritten else rewritten[:MOST_REWRITTEN_CHARACTERS]
    return usable, _spent(heard, model)


def _spent(heard: Sequence[Piece], model: ChatModel) -> Spent | None:
    by = AnsweredBy(model.provider, model.name)
    for piece in heard:
        if isinstance(piece, AnsweredBy):
            by = piece
        elif isinstance(piece, Completion):
            return Spent(by.provider, by.model, piece)
    return None
