"""What was tried, and how it ended."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Verdict(StrEnum):
    """`void`: what had to work did not, so that what failed beside it proves nothing. `untried`:
    there was nothing of the other's to reach for; it counts neither way."""

    HELD = "held"
    BREACH = "breach"
    VOID = "void"
    UNTRIED = "untried"


WORSE: Final = (Verdict.HELD, Verdict.VOID, Verdict.BREACH)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of one organization on another.

    `subject` is the table, address or function, `by` the login or the person and what they show,
    `tried` what they tried, and `result` what came of it.
    """

    part: str
    subject: str
    by: str
    tried: str
    result: str
    verdict: Verdict

    def __str__(self) -> str:
        return f"{self.subject}: {self.tried} ({self.by}): {self.result}"


def held(is_held: bool) -> Verdict:
    """The verdict on what must not succeed."""
    return Verdict.HELD if is_held else Verdict.BREACH


def works(is_so: bool) -> Verdict:
    """The verdict on what must succeed, so that failures beside it mean something."""
    return Verdict.HELD if is_so else Verdict.VOID
