"""An event as people read it: in words, with what it was about and where that can be seen now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.utils.dateparse import parse_datetime

from askorac.web.templatetags.interface import bytesize

from ..models import AuditEvent
from .actions import DETAILS, REFUSED, TARGETS, UNTOLD, refusal_in_words, words_of
from .places import May, Place, find_places

MOST_SHOWN: Final = 300
SHORT_ID: Final = 8
ROLES: Final = {
    "member": "Member",
    "api_key": "API key",
    "visitor": "Visitor",
    "staff": "Staff",
    "system": "System",
}
# Words that need something behind them.
DANGLING: Final = (":", " of", " to", " for", " in", " on")
# There is one of each, so that its id tells nobody anything.
ONE_OF_EACH: Final = {"organization", "data_key", "key_service"}


@dataclass(frozen=True, slots=True)
class Detail:
    """What changed, and how: `at` if that is a time, `address` if it can be seen somewhere."""

    name: str
    value: str
    at: datetime | None = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One change, in words. `target` is what it was done to: its name then or else now, empty if it
    has none; `target_address` its page, empty if there is none or the reader may not see it."""

    id: UUID
    at: datetime
    action: str
    words: str
    actor_kind: str
    actor_id: UUID | None
    actor: str
    target_kind: str
    target_id: UUID | None
    target: str
    target_address: str
    details: tuple[Detail, ...]
    address: str
    session: str

    @property
    def actor_role(self) -> str:
        """What kind of actor it was, in a word."""
        return ROLES.get(self.actor_kind, self.actor_kind)

    @property
    def needs_role(self) -> bool:
        """Whether the name alone does not tell what kind of actor it was."""
        return bool(self.actor) and self.actor_kind in {"api_key", "visitor"}

    @property
    def is_about_one_of_many(self) -> bool:
        """Whether it is worth saying which one it was, by its id if it has no name."""
        if self.target_id is None or self.target_kind in ONE_OF_EACH:
            return False
        is_another = self.target_id != self.actor_id
        return is_another or bool(self.target) or self.words.endswith(DANGLING)

    @property
    def is_about_the_organization(self) -> bool:
        """Whether the organization stands behind the words, which has no name there."""
        return self.target_kind == "organization" and self.words.endswith(DANGLING)

    @property
    def short_id(self) -> str:
        """By which things without a name are told apart."""
        return str(self.target_id)[:SHORT_ID]

    @property
    def target_words(self) -> str:
        """What kind of thing it was, unless the words say so already."""
        kind = TARGETS.get(self.target_kind, self.target_kind.replace("_", " "))
        return "" if kind in self.words or self.words.endswith(DANGLING) else kind


def told(rows: Sequence[AuditEvent], *, may: May) -> tuple[Event, ...]:
    """Events in words, for who may see what `may` says. One statement, however many there are.

    Raises KeyRevoked, KeysAway.
    """
    opened = [(row, row.remarks | (row.details.open() or {})) for row in rows]
    kinds = {row.target_id: row.target_kind for row in rows if row.target_id}
    kinds |= {found: "project" for _, details in opened if (found := _project_in(details))}
    places = find_places(kinds, kinds=kinds, may=may)
    return tuple(_event(row, details, places) for row, details in opened)


def _event(row: AuditEvent, details: dict[str, Any], places: dict[UUID, Place]) -> Event:
    place = places.get(row.target_id) if row.target_id else None
    return Event(
        id=row.pk,
        at=row.at,
        action=row.action,
        words=refusal_in_words(details) if row.action == REFUSED else words_of(row.action),
        actor_kind=row.actor_kind,
        actor_id=row.actor_id,
        actor=row.actor_label,
        target_kind=row.target_kind,
        target_id=row.target_id,
        target=row.target_label.open() or (place.label if place else ""),
        target_address=place.address if place else "",
        details=tuple(_details(row, details, places)),
        address=row.address or "",
        session=row.session or "",
    )


def _project_in(details: dict[str, Any]) -> UUID | None:
    try:
        return UUID(details["project"])
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def _details(
    row: AuditEvent, details: dict[str, Any], places: dict[UUID, Place]
) -> Iterator[Detail]:
    project_id = _project_in(details)
    for key, value in details.items():
        name = DETAILS.get(key, key.replace("_", " "))
        if (row.action, key) in UNTOLD or (key in UNTOLD and value is False):
            continue
        if key == "person" and row.actor_label.startswith(str(value)):
            continue  # whose event it is
        if key == "project" and project_id:
            place = places.get(project_id)
            label = place.label if place else f"{value[:SHORT_ID]}, which is gone"
            yield Detail(name, label, address=place.address if place else "")
        elif key == "size_bytes":
            yield Detail(name, bytesize(value) or "nothing")
        else:
            yield Detail(name, _cut(_spoken(value)) or "nothing", at=_moment(value))


def _moment(value: object) -> datetime | None:
    """The time that a text is, to the minute at least; a date alone is shown as it is."""
    if not isinstance(value, str) or len(value) < len("2026-03-01T12:00"):
        return None
    try:
        found = parse_datetime(value)
    except ValueError:
        return None
    if found is None:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _spoken(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_spoken, value))
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _cut(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]} …"
