"""The public door of a project: which project a key names, and which pages may ask it.

What a door shows is read at most every few seconds, however many visitors come: each frame of
each socket is looked at anew against it, so that a domain that was removed is out at once.
"""

import asyncio
import re
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Final, Self
from uuid import UUID

from django.urls import reverse

from askorac.sealing import KeyRevoked, KeysAway, SealFault, keyrings
from askorac.tenancy.context import in_context, in_thread, tenant
from askorac.tenancy.endings import is_ending
from askorac.tenancy.lookups import is_suspended, project_of_public_key
from askorac.tenancy.signing import Context
from keys.clients import models_of
from projects.avatars import avatar_digest, avatar_image
from projects.colours import Palette, palette
from projects.domains import is_allowed_origin
from projects.look import Look as ProjectLook
from projects.models import Project

FRESH_SECONDS: Final = 3.0
CONTACT_LABEL: Final = "Contact us"
_MOST_DOORS: Final = 10_000
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")


class NoSuchProject(Exception):
    """No project has this public key, or not any more."""


class Suspended(NoSuchProject):
    """The project's organization is suspended: it is there, and answers nobody for now."""


class Ending(NoSuchProject):
    """The project, or its organization, is to be deleted: nobody is answered any more."""


class OriginRefused(Exception):
    """The page that asks is not on the project's list of domains."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a visitor sees of a project before asking.

    `avatar` is the path of the picture on our host; empty without one. While the key is away,
    there is no greeting, and nothing is suggested: nobody is answered then.
    """

    name: str
    greeting: str
    colours: Palette
    theme: str
    position: str
    avatar: str
    suggestions: tuple[str, ...]
    has_language_model: bool

    @classmethod
    def of(cls, project: Project) -> Self:
        """As the project's row and its picture have it, in an open context."""
        digest = avatar_digest(project)
        try:
            look = ProjectLook.of(project)
        except (KeyRevoked, KeysAway):
            look = ProjectLook.closed(project)
        return cls(
            name=look.assistant_name or project.name,
            greeting=look.greeting,
            colours=palette(look.accent),
            theme=look.theme,
            position=look.position,
            avatar=avatar_path(project.public_key, digest) if digest else "",
            suggestions=look.suggestions,
            has_language_model=models_of(project).is_language_model,
        )

    def as_told(self) -> dict[str, Any]:
        """What the widget is told of it, in JSON."""
        return {
            "name": self.name,
            "greeting": self.greeting,
            "accent": self.colours.accent,
            "colours": asdict(self.colours),
            "theme": self.theme,
            "position": self.position,
            "avatar": self.avatar,
            "suggestions": self.suggestions,
            "language_model": self.has_language_model,
        }


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a visitor is sent when there is no answer: a web, mail or telephone address."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Door:
    """A project as its public key opens it. `contact` is None if the owner offers none."""

    organization_id: UUID
    project_id: UUID
    allowed_domains: tuple[str, ...]
    look: Look
    contact: Contact | None = None
    is_suspended: bool = False
    is_ending: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    door: "asyncio.Future[Door | None]"
    until: float

    @property
    def has_failed(self) -> bool:
        """Whether the look-up broke: who was waiting is told, who comes next looks again."""
        return self.door.done() and (self.door.cancelled() or self.door.exception() is not None)


class Doors:
    """The doors that were asked for lately in this process."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    async def open(self, public_key: str, *, origin: str | None, has_key: bool = False) -> Door:
        """The project's door, for a page of `origin`, or for a program that has an API key.

        Raises NoSuchProject, Ending or Suspended (which are ones) or OriginRefused.
        """
        door = await self._find(public_key)
        if door is None:
            raise NoSuchProject
        if not has_key and not is_allowed_origin(origin, allowed=list(door.allowed_domains)):
            raise OriginRefused
        if door.is_ending:
            raise Ending
        if door.is_suspended:
            raise Suspended
        return door

    async def _find(self, public_key: str) -> Door | None:
        """One look-up at a time for each key; those who come meanwhile wait for it."""
        now = time.monotonic()
        known = self._known.get(public_key)
        if known is None or known.until < now or known.has_failed:
            if len(self._known) >= _MOST_DOORS:
                self._known = {key: each for key, each in self._known.items() if each.until >= now}
            known = _Known(asyncio.ensure_future(_read(public_key)), now + FRESH_SECONDS)
            self._known[public_key] = known
        return await asyncio.shield(known.door)


def find_door(public_key: str) -> Door | None:
    """The project's door as it is now, for a page of ours; None if there is no such project."""
    found = project_of_public_key(public_key) if _KEY.fullmatch(public_key) else None
    if found is None:
        return None
    organization_id, project_id = found
    keyrings.warm(organization_id)
    with tenant(organization_id, project_id=project_id):
        return _describe(project_id)


def find_portrait(public_key: str, digest: str) -> bytes | None:
    """A project's picture, unless it has another one now, or none."""
    found = project_of_public_key(public_key) if _KEY.fullmatch(public_key) else None
    if found is None:
        return None
    organization_id, project_id = found
    with tenant(organization_id, project_id=project_id):
        return avatar_image(digest)


async def _read(public_key: str) -> Door | None:
    if not _KEY.fullmatch(public_key):
        return None
    found = await in_thread(project_of_public_key, public_key)
    if found is None:
        return None
    organization_id, project_id = found
    with suppress(SealFault):  # in no thread of the pool: a key service that hangs would take it
        await keyrings.ready(organization_id)
    return await in_context(Context(organization_id, project_id), _describe, project_id)


def _describe(project_id: UUID) -> Door | None:
    project = Project.objects.filter(pk=project_id).first()
    return None if project is None else door_of(project)


def door_of(project: Project) -> Door:
    """The door of a project, inside a context that reaches it."""
    return Door(
        organization_id=project.organization_id,
        project_id=project.pk,
        allowed_domains=tuple(project.allowed_domains),
        look=Look.of(project),
        contact=_contact(project),
        is_suspended=is_suspended(),
        is_ending=project.deletes_at is not None or is_ending(),
    )


def _contact(project: Project) -> Contact | None:
    if not project.contact_url:
        return None
    return Contact(project.contact_label or CONTACT_LABEL, project.contact_url)


def avatar_path(public_key: str, digest: str) -> str:
    """Where a project's picture lies on our host; another picture has another address."""
    return reverse("public:portrait", args=[public_key, digest])


doors = Doors()
