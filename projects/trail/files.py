"""The audit trail leaves as a file: JSON Lines, which `docs/verify_audit.py` checks, or CSV.

A file is made batch by batch while it is being sent, each batch in a context of its own. That it
was exported is written down before the first byte, and stands in the file itself. A whole trail in
JSON Lines ends with a checkpoint that is signed for it.
"""

import json
from collections.abc import AsyncGenerator, Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from askorac.sealing import keyrings
from askorac.signing.live import live_key
from askorac.tenancy.context import in_tenant, in_thread, require
from askorac.tenancy.planning import by_index
from askorac.web import spreadsheets
from askorac.web.paging import read_page
from askorac.web.spreadsheets import harmless

from ..models import AuditEvent, AuditLink
from . import checkpoints
from .actions import words_of
from .chaining import clear_fields, moment, spelled
from .checkpoints import Place
from .recording import Actor, Target, record
from .searching import LATEST_FIRST, Wanted, filtered
from .stretches import Stretch, stretch_behind

FORMAT: Final = "askorac.audit/1"
BATCH: Final = 500
MEDIA_TYPES: Final = {"csv": spreadsheets.MEDIA_TYPE, "jsonl": "application/x-ndjson"}
COLUMNS: Final = (
    "seq",
    "at",
    "action",
    "what",
    "actor_kind",
    "actor_id",
    "actor",
    "address",
    "session",
    "target_kind",
    "target_id",
    "target",
    "details",
    "id",
    "chain",
)


async def export_trail(
    *, organization_id: UUID, wanted: Wanted, kind: str, by: Actor, now: datetime
) -> AsyncGenerator[bytes, None]:
    """The wanted events as `csv` or `jsonl`: all of them in the order of the chain, a selection
    with the latest first. Raises KeyRevoked or KeysAway before its first byte."""
    await keyrings.ready(organization_id)
    if kind == "jsonl":
        await in_thread(live_key)
    is_whole = wanted == Wanted()
    await in_tenant(organization_id, _begin, organization_id, kind, is_whole, by, now)
    place = await in_tenant(organization_id, checkpoints.head)  # with that event in it
    assert place is not None
    opening, after = await in_tenant(organization_id, _opening, kind, is_whole, now)
    yield opening
    while True:
        await keyrings.ready(organization_id)
        batch, after = await in_tenant(organization_id, _read, wanted, kind, after, place)
        if batch:
            yield batch
        if after is None:
            break
    if kind == "jsonl" and is_whole:
        yield await in_tenant(organization_id, _closing, place, now)


def opening_line(*, now: datetime) -> tuple[bytes, int]:
    """With what a whole trail in JSON Lines begins, in the open context, and behind which place in
    the chain it goes on; for who makes it in pieces."""
    return _opening("jsonl", True, now)


def lines_after(seq: int, *, most: int) -> tuple[list[bytes], int]:
    """The next lines of a whole trail behind a place in the chain, and the place of the last."""
    stretch = stretch_behind(seq, most=most)
    return list(_lines(stretch)), stretch.ends_at(seq)


def closing_line(seq: int, *, now: datetime) -> bytes | None:
    """With what it ends: a checkpoint of its last place; None if there is no such place.

    Raises KeyRevoked or KeysAway.
    """
    link = AuditLink.objects.filter(seq=seq).first()
    return _closing(Place(link.seq, bytes(link.chain)), now) if link else None


def event_as_json(event: AuditEvent, link: AuditLink) -> dict[str, Any]:
    """An event as the verifier reads it: what the chain covers, and what it has committed to.

    Names of events from before the chain, whose key was away when it began, are `uncovered`.
    """
    values = values_of(event)
    salts = {**(event.salts or {}), **(event.sealed_salts.open() or {})}
    covered = {name: value for name, value in values.items() if value and name in salts}
    row = {
        "seq": link.seq,
        "chain": bytes(link.chain).hex(),
        "event": clear_fields(event),
        "open": {n: {"salt": salts[n], "value": value} for n, value in covered.items()},
    }
    uncovered = {n: value for n, value in values.items() if value and n not in covered}
    return {**row, "uncovered": uncovered} if uncovered else row


def values_of(event: AuditEvent) -> dict[str, Any]:
    """The fields that are committed to, opened. Raises KeyRevoked, KeysAway or Tampered."""
    return {
        "actor_label": event.actor_label,
        "address": event.address,
        "session": event.session,
        "remarks": event.remarks,
        "target_label": event.target_label.open(),
        "details": event.details.open(),
    }


def links_of(events: Sequence[AuditEvent]) -> dict[UUID, AuditLink]:
    """The links of these events; one that is being written has none yet."""
    return AuditLink.objects.in_bulk([event.pk for event in events])


def _begin(organization_id: UUID, kind: str, is_whole: bool, by: Actor, now: datetime) -> None:
    target = Target(kind="organization", id=organization_id)
    record(
        action="audit_trail.exported", target=target, by=by, now=now, kind=kind, is_whole=is_whole
    )


def _opening(kind: str, is_whole: bool, now: datetime) -> tuple[bytes, Any]:
    """The first line, and after what the first batch is read."""
    cut = checkpoints.last_cut() if is_whole else None
    after = (cut.seq if cut else 0) if is_whole else None
    if kind == "csv":
        return spreadsheets.heading(COLUMNS), after
    opening: dict[str, Any] = {
        "format": FORMAT,
        "organization_id": str(require().organization_id),
        "installation": settings.PUBLIC_URL,
        "made_at": moment(now),
        "is_whole": is_whole,
    }
    if cut is not None:
        opening["cut"] = checkpoints.as_dict(cut)
    return _line(opening), after


def _closing(place: Place, now: datetime) -> bytes:
    return _line({"checkpoint": checkpoints.sign_now(place, now=now).as_dict()})


def _read(wanted: Wanted, kind: str, after: Any, place: Place) -> tuple[bytes, Any]:
    stretch, following = _in_order(after, place) if wanted == Wanted() else _selected(wanted, after)
    if kind == "jsonl":
        return b"".join(_lines(stretch)), following
    return spreadsheets.as_rows(_cells(link, event) for link, event in stretch.rows), following


def _in_order(after: int, place: Place) -> tuple[Stretch, Any]:
    """The next stretch, and what the one behind it is read after; None on the last."""
    stretch = stretch_behind(after, most=BATCH, up_to=place.seq)
    end = stretch.ends_at(after)
    return stretch, end if after < end < place.seq else None


def _lines(stretch: Stretch) -> Iterator[bytes]:
    if stretch.cut is not None:
        yield _line({"cut": checkpoints.as_dict(stretch.cut)})
    for link, event in stretch.rows:
        yield _line(event_as_json(event, link))


def _selected(wanted: Wanted, cursor: str | None) -> tuple[Stretch, Any]:
    found = filtered(AuditEvent.objects.all(), wanted)
    with by_index():
        page = read_page(found, order=LATEST_FIRST, cursor=cursor, limit=BATCH)
    links = links_of(page.rows)
    rows = [(links[event.pk], event) for event in page.rows if event.pk in links]
    return Stretch(None, rows), page.next


def _cells(link: AuditLink, event: AuditEvent) -> Iterator[str]:
    values = values_of(event)
    yield str(link.seq)
    yield moment(event.at)
    yield event.action
    yield words_of(event.action)
    yield event.actor_kind
    yield str(event.actor_id or "")
    yield harmless(values["actor_label"])
    yield values["address"] or ""
    yield values["session"] or ""
    yield event.target_kind
    yield str(event.target_id or "")
    yield harmless(values["target_label"])
    yield harmless(spelled({**event.remarks, **(values["details"] or {})} or ""))
    yield str(event.pk)
    yield bytes(link.chain).hex()


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
