"""One socket's way in: the key in its address, the page it comes from, the member's session.

Nothing of it is trusted for long: a frame is answered only if the project, the domain and the
membership still stand, as they were a few seconds ago.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self
from uuid import UUID

from django.conf import settings
from django.http import parse_cookie

from askorac.tenancy.context import in_thread
from askorac.tenancy.origins import Origin, session_digest
from projects.domains import is_allowed_origin

from .doors import FRESH_SECONDS, Door, doors
from .visitors import member_of_session

# So often a member's socket is looked at: one whose session has ended is closed within two seconds.
MEMBER_SECONDS: Final = 0.75
VISITOR_SECONDS: Final = 4.0


class SessionEnded(Exception):
    """A member's session is over, or opens this organization no longer."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Let in: to a project, as a member of its organization or as any visitor (None)."""

    door: Door
    member_id: UUID | None


class Entrance:
    """What a socket showed when it came."""

    def __init__(self, *, public_key: str, origin: str | None, session_key: str) -> None:
        self._public_key = public_key
        self._origin = origin
        self._session_key = session_key
        self._member_id: UUID | None = None
        self._member_until = 0.0

    @classmethod
    def of(cls, scope: Mapping[str, Any]) -> Self:
        """Read it from an ASGI scope that was routed by its public key."""
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin1")
        cookies = parse_cookie(headers.get(b"cookie", b"").decode("latin1"))
        return cls(
            public_key=scope["url_route"]["kwargs"]["public_key"],
            origin=origin or None,
            session_key=cookies.get(settings.SESSION_COOKIE_NAME, ""),
        )

    def origin_of(self, address: str) -> Origin:
        """Where the socket comes from, for what is written down of it."""
        return Origin(address, session_digest(self._session_key))

    @property
    def look_seconds(self) -> float:
        """After how long it is to be looked at again, although nothing is said."""
        return VISITOR_SECONDS if self._member_id is None else MEMBER_SECONDS

    async def admit(self) -> Admission:
        """Who may go on, now.

        Raises NoSuchProject, Ending, Suspended, OriginRefused or SessionEnded.
        """
        door = await doors.open(self._public_key, origin=self._origin)
        return Admission(door, await self._member(door))

    async def _member(self, door: Door) -> UUID | None:
        """A session counts on our own pages only, whatever a browser sends along elsewhere."""
        if not self._session_key or not is_allowed_origin(self._origin, allowed=[]):
            return None
        if self._member_until < time.monotonic():
            member_id = await in_thread(
                member_of_session,
                self._session_key,
                organization_id=door.organization_id,
                project_id=door.project_id,
            )
            if self._member_id is not None and member_id is None:
                raise SessionEnded
            self._member_id = member_id
            lasts = FRESH_SECONDS if member_id is None else MEMBER_SECONDS
            self._member_until = time.monotonic() + lasts
        return self._member_id
