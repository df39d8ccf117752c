"""What visitors see of a project before they ask: read as one value, changed as one."""

import re
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Final, Self

from django.core.exceptions import ValidationError

from .models import Position, Project, Theme
from .trail.recording import Actor, Target, record
from .wording import one_line

MOST_NAME: Final = 80
MOST_GREETING: Final = 200
MOST_SUGGESTION: Final = 120
MOST_SUGGESTIONS: Final = 3

_COLOUR: Final = re.compile(r"#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
GREETING: Final = "Hello. What would you like to know?"
NOT_A_COLOUR: Final = "Write the colour as # and six digits or letters from a to f, like #0b6480."
NO_GREETING: Final = "Say something to visitors: the greeting is the first thing they read."
NOT_A_THEME: Final = "Choose one of the themes."
NOT_A_POSITION: Final = "Choose one of the corners."


@dataclass(frozen=True, slots=True)
class Look:
    """The look of a project, as it stands in its row, in clear."""

    assistant_name: str
    greeting: str
    accent: str
    theme: str
    position: str
    suggestions: tuple[str, ...]

    @classmethod
    def of(cls, project: Project) -> Self:
        """As it is now. Raises KeyRevoked, KeysAway."""
        return cls(
            **_in_clear(project),
            greeting=project.greeting.open() or GREETING,
            suggestions=tuple(project.suggestions.open() or ()),
        )

    @classmethod
    def closed(cls, project: Project) -> Self:
        """As far as it can be seen while the key is away: without a word of its owner's."""
        return cls(**_in_clear(project), greeting="", suggestions=())


NAMES: Final = tuple(field.name for field in fields(Look))
_SEALED: Final = ("greeting", "suggestions")


def _in_clear(project: Project) -> dict[str, str]:
    return {name: getattr(project, name) for name in NAMES if name not in _SEALED}


def change_look(*, project: Project, look: Look, by: Actor, now: datetime) -> tuple[str, ...]:
    """Give a project another look; returns the names of what is different.

    Raises ValidationError with a message under the name of each part that can't be used.
    """
    wanted, before = _usable(look), Look.of(project)
    names = tuple(name for name in NAMES if getattr(wanted, name) != getattr(before, name))
    if not names:
        return ()
    for name in names:
        value = getattr(wanted, name)
        setattr(project, name, list(value) or None if name == "suggestions" else value)
    project.save(update_fields=list(names))
    target = Target(kind="project", id=project.pk, label=project.name)
    record(action="project.look_changed", target=target, by=by, now=now, fields=list(names))
    return names


def normalise_colour(text: str) -> str:
    """`0B6` → `#00bb66`. Raises ValidationError, which says what a colour looks like."""
    text = text.strip()
    if not _COLOUR.fullmatch(text):
        raise ValidationError(NOT_A_COLOUR)
    digits = text.removeprefix("#").lower()
    return "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits))


def _usable(look: Look) -> Look:
    wrong: dict[str, ValidationError] = {}
    name = one_line(look.assistant_name)
    greeting = one_line(look.greeting)
    suggestions = tuple(filter(None, map(one_line, look.suggestions)))
    accent = look.accent
    if len(name) > MOST_NAME:
        wrong["assistant_name"] = _too_long(MOST_NAME)
    if not greeting:
        wrong["greeting"] = ValidationError(NO_GREETING)
    if len(greeting) > MOST_GREETING:
        wrong["greeting"] = _too_long(MOST_GREETING)
    if len(suggestions) > MOST_SUGGESTIONS or any(len(s) > MOST_SUGGESTION for s in suggestions):
        wrong["suggestions"] = ValidationError(
            f"Give up to three questions of at most {MOST_SUGGESTION} characters, one a line."
        )
    if look.theme not in Theme.values:
        wrong["theme"] = ValidationError(NOT_A_THEME)
    if look.position not in Position.values:
        wrong["position"] = ValidationError(NOT_A_POSITION)
    try:
        accent = normalise_colour(accent)
    except ValidationError as error:
        wrong["accent"] = error
    if wrong:
        raise ValidationError(wrong)
    return replace(
        look, assistant_name=name, greeting=greeting, accent=accent, suggestions=suggestions
    )


def _too_long(most: int) -> ValidationError:
    return ValidationError(f"Use at most {most} characters.")
