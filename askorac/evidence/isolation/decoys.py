"""Two throw-away organizations with a row in every table: made, and removed without a trace."""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID, uuid4

import psycopg
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import DEFAULT_DB_ALIAS
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.utils import timezone

from askorac.evidence.models import Decoy
from askorac.health.sessions import session
from askorac.jobs.models import Job
from askorac.tenancy.access_deeds import ask_for_access
from askorac.tenancy.catalog import tenant_models
from askorac.tenancy.context import tenant
from askorac.tenancy.deeds import TELL
from askorac.tenancy.endings import end_organization
from askorac.tenancy.global_tables import GLOBAL_TABLES
from askorac.tenancy.isolation import ACCOUNTS as ROLE
from askorac.tenancy.limit_deeds import Limits, change_limits
from askorac.tenancy.router import ACCOUNTS
from keys.destruction import destroy_keys
from projects.lifecycle import create_project
from projects.models import Hold, Organization, OrganizationLimits, StaffGrant, User
from projects.signing_in.signup import found_organization
from projects.trail.recording import SYSTEM

from .furnishing import clear, furnish
from .rows import WORD, Rows, rows_in

_ONE_AT_A_TIME: Final = 6_200_114  # of the advisory lock
REASON: Final = "Isolation proof"


class AnotherRuns(Exception):
    """A proof is under way here already."""


class NotRemoved(Exception):
    """Something of a throw-away organization is still there; the message says what."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: the organization's id, its owner, its row of each tenant model, and the word
    that its texts say."""

    id: UUID
    owner: User
    rows: Rows
    word: str = WORD

    def key(self, name: str) -> UUID:
        """The id of its row of a model, by the model's name."""
        return next(row.pk for model, row in self.rows.items() if model.__name__ == name)


@contextmanager
def two_sides(now: datetime) -> Iterator[tuple[Side, Side]]:
    """Two organizations that are gone afterwards, and with them what a broken run has left.

    Raises AnotherRuns, and NotRemoved if anything stays behind.
    """
    with _alone():
        remove_leftovers()
        try:
            one = _make("Isolation proof, one", now)
            yield one, _make("Isolation proof, another", now, is_held=True)
        finally:
            remove_leftovers()


def remove_leftovers() -> int:
    """Remove every organization that was written down as one to be thrown away; how many."""
    decoys = list(Decoy.objects.all())
    for decoy in decoys:
        _remove(decoy)
    return len(decoys)


def _make(name: str, now: datetime, *, is_held: bool = False) -> Side:
    """Written down first, so that it is found again whatever happens."""
    organization_id, user_id = uuid4(), uuid4()
    Decoy.objects.create(organization_id=organization_id, user_id=user_id, made_at=now)
    owner = found_organization(
        name=name,
        # No password: nobody can log in as this user.
        founder=lambda: User.objects.create_user(
            f"{user_id}@isolation-proof.invalid", id=user_id, name=name
        ),
        now=now,
        organization_id=organization_id,
    )
    with tenant(organization_id):
        create_project(name=name, by=SYSTEM, now=now)
    deeds = {
        StaffGrant._meta.label: partial(_ask_as_staff, user_id=user_id),
        OrganizationLimits._meta.label: partial(_limit_as_staff, user_id=user_id),
    }
    word = f"canary{organization_id.hex}"
    rows = rows_in(organization_id, deeds=deeds, word=word)
    furnish(rows, organization_id=organization_id, word=word, now=now)
    if is_held:
        with tenant(organization_id):
            Hold.objects.update(lifted_at=None)
    return Side(organization_id, owner, rows, word)


def _ask_as_staff(organization_id: UUID, *, user_id: UUID) -> None:
    """A request of our staff, which the staff login alone can make. Nobody is told of it by
    mail."""
    with _being_staff(user_id):
        ask_for_access(organization_id=organization_id, by=user_id, reason=REASON, minutes=1)
    Job.objects.filter(kind=TELL).delete()


def _limit_as_staff(organization_id: UUID, *, user_id: UUID) -> None:
    """Limits, which the staff login alone can set; they keep nothing of what is tried."""
    with _being_staff(user_id):
        limits = Limits(questions_a_minute=1_000)
        change_limits(organization_id=organization_id, limits=limits, by=user_id, reason=REASON)


@contextmanager
def _being_staff(user_id: UUID) -> Iterator[None]:
    """For the one statement that it takes, this user is of our staff."""
    user = User.objects.filter(pk=user_id)
    user.update(is_staff=True)
    try:
        yield
    finally:
        user.update(is_staff=False)


def _remove(decoy: Decoy) -> None:
    organization_id, now = decoy.organization_id, timezone.now()
    clear(organization_id)
    destroy_keys(organization_id=organization_id, now=now)
    with tenant(organization_id, using=ACCOUNTS):
        Organization.objects.using(ACCOUNTS).update(deletes_at=now)
    with tenant(organization_id):
        end_organization()
    if left := _tables_with_rows(organization_id):
        raise NotRemoved(f"Rows of a throw-away organization are left in {', '.join(left)}.")
    _remove_user(decoy.user_id)
    decoy.delete()


def _tables_with_rows(organization_id: UUID) -> list[str]:
    with tenant(organization_id):
        return [
            model._meta.db_table for model in tenant_models() if model._default_manager.exists()
        ]


def _remove_user(user_id: UUID) -> None:
    """The login, and what hangs on it in the tables of no organization."""
    Session.objects.using(ACCOUNTS).filter(session_key=session_key(user_id)).delete()
    for relation in User._meta.get_fields(include_hidden=True):
        related = relation.related_model
        if not isinstance(relation, ForeignObjectRel) or not isinstance(related, type):
            continue
        if "DELETE" in GLOBAL_TABLES.get(related._meta.db_table, {}).get(ROLE, ()):
            rows = related._base_manager.using(ACCOUNTS)
            rows.filter(**{relation.field.name: user_id}).delete()
    users = User.objects.using(ACCOUNTS).filter(pk=user_id)
    users._raw_delete(ACCOUNTS)  # Django's own, without its cascade into tenants' tables


def session_key(user_id: UUID) -> str:
    """The key of this user's one session: nobody guesses it, and a later run finds it again."""
    secret = settings.SECRET_KEY.encode()
    return hmac.digest(secret, b"isolation proof " + user_id.bytes, "sha256").hex()[:40]


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the advisory lock in a session of its own, which the server lets go if we die."""
    with session(settings.DATABASES[DEFAULT_DB_ALIAS]) as lock:
        if not _is_locked(lock):
            raise AnotherRuns("An isolation proof is under way already; wait for its end.")
        yield


def _is_locked(connection: psycopg.Connection) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", [_ONE_AT_A_TIME]).fetchone()
    return row is not None and bool(row[0])
