"""A proof as it is read on a page: by its parts, and in them by subject."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

FAILING: Final = ("breach", "void")


@dataclass(slots=True)
class Subject:
    """What was tried on one table or address."""

    name: str
    attempts: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def failed(self) -> list[Mapping[str, Any]]:
        return [each for each in self.attempts if each["verdict"] in FAILING]

    @property
    def results(self) -> str:
        """How the attempts ended, each way once."""
        return "; ".join(dict.fromkeys(str(each["result"]) for each in self.attempts))


@dataclass(slots=True)
class Part:
    """One part of a proof."""

    name: str
    subjects: dict[str, Subject] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return sum(len(subject.attempts) for subject in self.subjects.values())


def parts_of(attempts: Iterable[Mapping[str, Any]]) -> list[Part]:
    """The parts, in the order in which they were tried."""
    parts: dict[str, Part] = {}
    for each in attempts:
        part = parts.setdefault(each["part"], Part(each["part"]))
        part.subjects.setdefault(each["subject"], Subject(each["subject"])).attempts.append(each)
    return list(parts.values())
