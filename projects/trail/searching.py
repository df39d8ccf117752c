"""The audit trail as people read it: what was done, by whom, when; the latest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from askorac.tenancy.planning import by_index, values_with
from askorac.web.paging import Keyset, moment, read_page

from ..models import AuditEvent, Member
from .actions import actions_like
from .places import May, ids_called, rows_called, sees_nothing
from .telling import Event, told

PAGE: Final = 25
MOST_NAMED: Final = 200
SESSION_DIGITS: Final = 16
SESSION: Final = r"^[0-9a-f]{4,16}$"
LATEST_FIRST: Final = Keyset("at", moment)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: of one action, by one actor or kind of actor, on one target or kind of it,
    from `since` to `until`, both included, from one network address and in one session. Of those,
    a beginning is enough: of an address with a dot or colon at its end, of a session less than its
    sixteen digits. `actor` is part of the actor's name or address, members count by the name that
    they have now, too. `text` is that, or part of the action, or of what its target is called now:
    what it was called then lies sealed."""

    action: str = ""
    actor: str = ""
    actor_id: UUID | None = None
    actor_kind: str = ""
    since: datetime | None = None
    until: datetime | None = None
    target_kind: str = ""
    target_id: UUID | None = None
    text: str = ""
    address: str = ""
    session: str = ""


@dataclass(frozen=True, slots=True)
class TrailPage:
    """One page; `older` is the cursor of the next one, None on the last."""

    events: tuple[Event, ...]
    older: str | None


def read_trail(
    *,
    wanted: Wanted,
    before: str | None = None,
    limit: int = PAGE,
    may: May = sees_nothing,
) -> TrailPage:
    """A page of the open organization's trail, by the index of its times. It leads to what `may`
    says that its reader may see.

    Raises NoSuchCursor, KeyRevoked, KeysAway.
    """
    found = filtered(AuditEvent.objects.all(), wanted)
    with by_index():
        page = read_page(found, order=LATEST_FIRST, cursor=before, limit=limit)
    return TrailPage(told(page.rows, may=may), page.next)


def filtered(events: "QuerySet[AuditEvent]", wanted: Wanted) -> "QuerySet[AuditEvent]":
    """Those that are wanted, in no order. Who is meant by words is looked up at once."""
    if wanted.text:
        done = Q(action__in=actions_like(wanted.text))
        events = events.filter(_by(wanted.text) | done | _about(wanted.text))
    if wanted.actor:
        events = events.filter(_by(wanted.actor))
    conditions = {
        "action": wanted.action,
        "actor_id": wanted.actor_id,
        "actor_kind": wanted.actor_kind,
        "at__gte": wanted.since,
        "at__lte": wanted.until,
        "target_kind": wanted.target_kind,
        "target_id": wanted.target_id,
        _column("address", is_whole=not wanted.address.endswith((".", ":"))): wanted.address,
        _column("session", is_whole=len(wanted.session) == SESSION_DIGITS): wanted.session,
    }
    return events.filter(**{name: value for name, value in conditions.items() if value})


def actors_called(text: str, *, most: int) -> list[str]:
    """At most so many names of who did something, with a text in them, that no member has now."""
    labels = values_with(text, model=AuditEvent, column="actor_label", most=MOST_NAMED)
    called = Member.objects.filter(user__email__in=labels)
    members = set(called.values_list("user__email", flat=True))
    return [each for each in labels if each and each not in members][:most]


def _column(name: str, *, is_whole: bool) -> str:
    return name if is_whole else f"{name}__startswith"


def _about(text: str) -> Q:
    """Done to something with a text in a name that it has now, in clear."""
    ids = ids_called(text, most=MOST_NAMED + 1)
    if len(ids) <= MOST_NAMED:
        return Q(target_id__in=ids)
    return Q(*(("target_id__in", rows) for rows in rows_called(text)), _connector=Q.OR)


def _by(text: str) -> Q:
    """Done by somebody with a text in the name that they had then, or by a member with it in
    theirs."""
    called = Q(user__name__icontains=text) | Q(user__email__icontains=text)
    members = Member.objects.filter(called).values_list("user_id", flat=True)
    ids = list(members[: MOST_NAMED + 1])
    labels = values_with(text, model=AuditEvent, column="actor_label", most=MOST_NAMED + 1)
    if max(len(ids), len(labels)) > MOST_NAMED:
        # Events of so many are found soon, whichever way they are looked for.
        return Q(actor_label__icontains=text) | Q(actor_id__in=members)
    return Q(actor_label__in=labels) | Q(actor_id__in=ids)
