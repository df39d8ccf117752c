"""How Gemini's families want to be asked, so that they answer soon.

They think before they answer unless they are told not to; the 2.5 family is told in tokens, the
later ones by a level, and the large ones think a little whatever they are told. What is thought
counts against the longest answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# For the thoughts of a model that can't be kept from thinking, beside its answer.
ROOM_TO_THINK: Final = 4_096


@dataclass(frozen=True, slots=True)
class Dialect:
    """``budget`` is in tokens; it or ``level`` is sent, unless None. ``room`` is in tokens."""

    budget: int | None = None
    level: str | None = None
    room: int = 0

    @property
    def thinking(self) -> dict[str, object]:
        """The thinkingConfig of a request; empty where none is sent."""
        told = {"thinkingBudget": self.budget, "thinkingLevel": self.level}
        return {name: value for name, value in told.items() if value is not None}


_PLAIN: Final = Dialect()
_MINIMAL: Final = Dialect(level="minimal", room=512)
_LOW: Final = Dialect(level="low", room=ROOM_TO_THINK)

# The first prefix that fits counts.
_FAMILIES: Final[tuple[tuple[str, Dialect], ...]] = (
    ("gemini-1", _PLAIN),
    ("gemini-2.0", _PLAIN),
    ("gemini-2.5-flash", Dialect(budget=0)),
    ("gemini-2.5-pro", Dialect(budget=128, room=128)),
)


def dialect_of(model: str) -> Dialect:
    """The dialect of a model by its family; one that is not Gemini is told nothing special."""
    name = model.rpartition("/")[2]
    for prefix, dialect in _FAMILIES:
        if name.startswith(prefix):
            return dialect
    if not name.startswith("gemini-"):
        return _PLAIN
    return _MINIMAL if "flash" in name else _LOW
