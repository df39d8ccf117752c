"""What a project's people decide about its answers: read as one value, changed as one."""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final, Self
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

from askorac.sealing.sealed import Sealed

from .models import Project
from .trail.recording import Actor, Target, record
from .wording import one_line, usable_line

MOST_NAME: Final = 80
MOST_INSTRUCTIONS: Final = 4000
MOST_UNANSWERED: Final = 400
MOST_LABEL: Final = 80
MOST_ADDRESS: Final = 500

_MAIL: Final = re.compile(r"[^\s@:/?]+@[^\s@:/?]+\.[^\s@:/?]+")
_TELEPHONE: Final = re.compile(r"\+?[0-9][0-9 ()./-]{2,40}")

NOT_AN_ADDRESS: Final = (
    "Give a web address that begins with https://, a mail address, or a telephone number."
)
NO_ADDRESS: Final = "Say where the contact leads, or leave its label empty too."
NOT_A_SCORE: Final = "The threshold is a number from 0 to 1, such as 0.35. Empty: the model's own."


class ChangedMeanwhile(Exception):
    """Somebody else has changed the same settings since they were read; `names` says which."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(", ".join(names))
        self.names = names


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a project that are neither its look nor its domains.

    `answer_floor` is a score from 0 to 1, or None for the embedding model's own. What is empty is
    not set: `unanswered_text` and the contact are told and offered when there is no answer.
    """

    name: str
    instructions: str = ""
    answer_floor: float | None = None
    unanswered_text: str = ""
    contact_label: str = ""
    contact_url: str = ""

    @classmethod
    def of(cls, project: Project) -> Self:
        """As they stand in a row. Raises KeyRevoked, KeysAway."""
        kept = {name: getattr(project, name) for name in NAMES}
        return cls(
            **{
                name: value.open() if isinstance(value, Sealed) else value
                for name, value in kept.items()
            }
        )

    def changed_from(self, other: "Settings") -> tuple[str, ...]:
        """The names of the settings that differ."""
        return tuple(name for name in NAMES if getattr(self, name) != getattr(other, name))


NAMES: Final = tuple(field.name for field in fields(Settings))


def update_settings(
    *, project: Project, seen: Settings, wanted: Settings, by: Actor, now: datetime
) -> tuple[str, ...]:
    """Change what differs between `seen` and `wanted`; returns the names of what was changed.

    `seen` is what the one who decides has looked at: what they left as it was is not written, so
    that two people who change two settings both get what they want. Raises ChangedMeanwhile when
    somebody has changed one of the same settings since, and ValidationError with a message under
    the name of each setting that can't be used. `project` has the new values afterwards.
    """
    wanted = _usable(wanted, names=wanted.changed_from(seen))
    names = wanted.changed_from(seen)
    locked = Project.objects.select_for_update().get(pk=project.pk)
    now_kept = Settings.of(locked)
    theirs = set(now_kept.changed_from(seen))
    names = tuple(name for name in names if name in wanted.changed_from(now_kept))
    if both := tuple(name for name in names if name in theirs):
        raise ChangedMeanwhile(both)
    for name in names:
        setattr(locked, name, getattr(wanted, name))
        setattr(project, name, getattr(wanted, name))
    if names:
        locked.save(update_fields=list(names))
        target = Target(kind="project", id=locked.pk, label=locked.name)
        record(action="project.settings_changed", target=target, by=by, now=now, fields=list(names))
    return names


def usable_name(name: str) -> str:
    """A project's name on one line; raises ValidationError for an empty or a long one."""
    return usable_line(name, most=MOST_NAME, missing="Give the project a name.")


def _usable(settings: Settings, *, names: tuple[str, ...]) -> Settings:
    """The settings with those of `names` as they are kept."""
    kept: dict[str, Any] = {}
    wrong: dict[str, ValidationError] = {}
    for name in names:
        try:
            kept[name] = _CHECKS[name](getattr(settings, name))
        except ValidationError as error:
            wrong[name] = error
    settings = replace(settings, **kept)
    is_contact_changed = {"contact_label", "contact_url"} & set(names)
    if not wrong and is_contact_changed and settings.contact_label and not settings.contact_url:
        wrong["contact_url"] = ValidationError(NO_ADDRESS)
    if wrong:
        raise ValidationError(wrong)
    return settings


def _text(text: str) -> str:
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").strip()


def _bounded(text: str, most: int, what: str) -> str:
    if len(text) > most:
        raise ValidationError(
            f"Use at most {most:,} characters for {what}; these are {len(text):,}."
        )
    return text


def _score(floor: float | None) -> float | None:
    if floor is not None and not 0 <= floor <= 1:
        raise ValidationError(NOT_A_SCORE)
    return floor


def _address(text: str) -> str:
    """A web address as it is; a mail address or a telephone number as a link."""
    text = one_line(text)
    if _MAIL.fullmatch(text):
        text = f"mailto:{text}"
    elif _TELEPHONE.fullmatch(text):
        text = "tel:" + re.sub(r"[^0-9+]", "", text)
    if text and not _opens(text):
        raise ValidationError(NOT_AN_ADDRESS)
    return _bounded(text, MOST_ADDRESS, "the address")


def _opens(address: str) -> bool:
    if any(character in address for character in " \"'<>\\"):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    # The database's own rule wants the scheme in small letters.
    if not address.startswith(f"{parts.scheme}:"):
        return False
    if parts.scheme in {"http", "https"}:
        return bool(parts.hostname)
    return parts.scheme in {"mailto", "tel"} and bool(parts.path)


_CHECKS: Final[dict[str, Callable[[Any], Any]]] = {
    "name": usable_name,
    "instructions": lambda text: _bounded(_text(text), MOST_INSTRUCTIONS, "the instructions"),
    "answer_floor": _score,
    "unanswered_text": lambda text: _bounded(_text(text), MOST_UNANSWERED, "this text"),
    "contact_label": lambda text: _bounded(one_line(text), MOST_LABEL, "the label"),
    "contact_url": _address,
}
