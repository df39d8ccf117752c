"""How Claude's families want to be asked, so that they answer soon.

None of the newer ones takes a temperature, so none is sent. All of them think before they answer
unless they are told not to, which each generation is told in a way of its own; what is thought
counts against the longest answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

# For the thoughts of a model that can't be kept from thinking, beside its answer.
ROOM_TO_THINK: Final = 4_096


@dataclass(frozen=True, slots=True)
class Dialect:
    """``thinking`` and ``effort`` are sent as they are, unless None; ``room`` is in tokens."""

    thinking: Literal["disabled", "between_tools"] | None = None
    effort: Literal["low"] | None = None
    room: int = 0


_QUIET: Final = Dialect(thinking="disabled")
_THINKING: Final = Dialect(effort="low", room=ROOM_TO_THINK)
_PLAIN: Final = Dialect()

# The first prefix that fits counts.
_FAMILIES: Final[tuple[tuple[str, Dialect], ...]] = (
    ("claude-haiku-5-5", _QUIET),
    ("claude-sonnet-5-5", Dialect(thinking="between_tools")),
    ("claude-sonnet-5", _QUIET),
    ("claude-opus-5-5", _THINKING),
    ("claude-opus-5", _QUIET),
    ("claude-opus-4", _PLAIN),
    ("claude-sonnet-4", _PLAIN),
    ("claude-haiku-4", _PLAIN),
    ("claude-3", _PLAIN),
    ("claude-", _THINKING),
)


def dialect_of(model: str) -> Dialect:
    """The dialect of a model by its family; one that is not Claude is told nothing special."""
    fitting = (dialect for prefix, dialect in _FAMILIES if model.startswith(prefix))
    return next(fitting, _PLAIN)
