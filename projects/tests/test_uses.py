"""How often keys are used stands in the trail, hour by hour, once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from askorac.sealing import Tampered, keyrings
from askorac.sealing.keyring import OpenKeys
from askorac.tenancy.context import tenant
from askorac.testing.people import Customer
from askorac.testing.programs import new_program
from projects.models import AuditEvent, KeyUse
from projects.trail import uses

HOUR = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def nothing_counted() -> Iterator[None]:
    uses.flush()
    yield
    uses.flush()


def test_hour_that_is_over_is_one_event_a_key_and_project(organization: Customer) -> None:
    key_id, project_id = uuid4(), uuid4()
    for number in range(6):
        uses.count(
            organization_id=organization.id,
            kind="provider_key",
            key_id=key_id,
            project_id=project_id if number else None,
            now=HOUR + timedelta(minutes=30 * (number // 3)),
        )
        if number == 4:
            uses.flush()
    uses.flush()
    uses.write_hours(now=HOUR + timedelta(minutes=59))
    with tenant(organization.id):
        assert KeyUse.objects.count() == 2
    for _ in range(2):
        uses.write_hours(now=HOUR + timedelta(hours=1, minutes=1))
    with tenant(organization.id):
        assert KeyUse.objects.count() == 0
        written = AuditEvent.objects.filter(action="provider_key.used")
        told = sorted((each.details.open() for each in written), key=lambda each: each["count"])
    since, until = HOUR.isoformat(), (HOUR + timedelta(hours=1)).isoformat()
    assert told == [
        {"count": 1, "since": since, "until": until},
        {"count": 5, "since": since, "until": until, "project": str(project_id)},
    ]


def test_requests_with_an_api_key_are_counted(organization: Customer) -> None:
    program = new_program(organization)
    for _ in range(3):
        assert program("GET", "projects/").status_code == 200
    uses.flush()
    uses.write_hours(now=timezone.now() + timedelta(hours=2))
    with tenant(organization.id):
        written = AuditEvent.objects.filter(action="api_key.used")  # two, if an hour has ended
        assert sum(each.details.open()["count"] for each in written) == 3


def test_trail_that_can_not_be_written_holds_no_other_up(
    organization: Customer, stranger: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = keyrings._keys_of

    def open_no_other(organization_id: UUID) -> OpenKeys:
        if organization_id == stranger.id:
            raise Tampered
        return genuine(organization_id)

    monkeypatch.setattr(keyrings, "_keys_of", open_no_other)
    keyrings.forget(stranger.id)
    for each in (stranger, organization):
        uses.count(
            organization_id=each.id, kind="api_key", key_id=uuid4(), project_id=None, now=HOUR
        )
    uses.flush()
    uses.write_hours(now=HOUR + timedelta(hours=1))
    left = []
    for each in (stranger, organization):
        with tenant(each.id):
            left.append(KeyUse.objects.count())
    assert left == [1, 0]


def test_what_was_counted_of_an_organization_that_is_gone_is_let_go() -> None:
    gone = uuid4()
    uses.count(
        organization_id=gone, kind="api_key", key_id=uuid4(), project_id=None, now=timezone.now()
    )
    uses.flush()
    assert not [use for use in uses._counted if use.organization_id == gone]
