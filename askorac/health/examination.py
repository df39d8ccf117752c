"""What the doctor finds: one line for each thing that was looked at, with what to do about it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import Error as DatabaseError
from kombu.exceptions import OperationalError
from redis import RedisError

from askorac.tenancy.ways import WayInClear


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing and how it is; `remedy` is the sentence that says what to do, empty if it works.

    A remark is what works, and need not be what was meant.
    """

    subject: str
    told: str
    remedy: str = ""
    is_remark: bool = False

    @property
    def is_well(self) -> bool:
        return not self.remedy

    def __str__(self) -> str:
        if self.is_well:
            return f"{'•' if self.is_remark else '✓'} {self.subject}: {self.told}"
        return f"✗ {self.subject}: {self.told}\n    {self.remedy}"


def well(subject: str, told: str) -> Finding:
    """It works."""
    return Finding(subject, told)


def remark(subject: str, told: str) -> Finding:
    """It works, and somebody may want to know how."""
    return Finding(subject, told, is_remark=True)


def ill(subject: str, told: str, remedy: str) -> Finding:
    """It does not; `remedy` says what to do."""
    return Finding(subject, told, remedy)


Look = Callable[[], Iterable[Finding]]

# What a thing that is away raises, whichever library speaks to it.
AWAY: tuple[type[Exception], ...] = (
    psycopg.Error,
    DatabaseError,
    OperationalError,
    RedisError,
    OSError,
    WayInClear,
)


def examine(looks: Iterable[tuple[str, Look]]) -> Iterator[Finding]:
    """Every finding as it comes; a look that breaks is a finding itself."""
    for subject, look in looks:
        try:
            yield from look()
        except AWAY as error:
            yield _broken(subject, error)


def _broken(subject: str, error: Any) -> Finding:
    # Its message may hold an address with a password.
    return ill(subject, f"broke ({type(error).__name__})", "Mend what stands above first.")
