"""A follow-up, put so that it can be searched for: "and for two people?" means nothing alone.

A first question is searched for as it is. A follow-up is rewritten by the language model; where
there is none, or it fails, the question is searched for both alone and behind the one before it.
"""

import asyncio
import logging
from contextlib import aclosing
from typing import Final

from askorac.web.logs import LogEvent, log
from keys.clients import UNKNOWN, ChatModel, ProviderFault

from .prompting import History, rewrite_request

REWRITE_SECONDS: Final = 4.0
MOST_REWRITTEN_TOKENS: Final = 120
MOST_REWRITTEN_CHARACTERS: Final = 500


async def wordings(question: str, *, history: History, model: ChatModel) -> list[str]:
    """The texts to search for: one, or two whose results are to be fused. Raises no fault."""
    if not history:
        return [question]
    if model.is_language_model and (rewritten := await _rewritten(question, history, model)):
        return [rewritten]
    previous, _ = history[-1]
    return [question, f"{previous}\n{question}"]


async def _rewritten(question: str, history: History, model: ChatModel) -> str:
    """The question as the model puts it, or nothing if it did not do so in time."""
    request = rewrite_request(
        question=question, history=history, max_output_tokens=MOST_REWRITTEN_TOKENS
    )
    try:
        async with (
            asyncio.timeout(REWRITE_SECONDS),
            aclosing(model.stream(request)) as pieces,
        ):
            said = [piece async for piece in pieces if isinstance(piece, str)]
    except (ProviderFault, TimeoutError) as fault:
        log(LogEvent.PROVIDER_FAULT, level=logging.WARNING, broken=fault)
        return ""
    rewritten = " ".join("".join(said).split())
    return "" if UNKNOWN in rewritten else rewritten[:MOST_REWRITTEN_CHARACTERS]
