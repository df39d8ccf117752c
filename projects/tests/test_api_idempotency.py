"""A write that is repeated with the same Idempotency-Key happens once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from askorac.jobs.models import Job, State
from askorac.jobs.tasks import run_job
from askorac.tenancy.context import tenant
from askorac.testing.people import Customer
from askorac.testing.programs import Program, new_program
from projects.idempotency import FORGET_ANSWERS, KEPT_FOR
from projects.models import ApiKey, IdempotencyRecord, Project

BODY = {"name": "Night trains"}


def create(program: Program, body: Any = BODY, *, key: str = "one") -> Any:
    return program("POST", "projects/", body, Idempotency_Key=key)


def project_count(customer: Customer) -> int:
    with tenant(customer.id):
        return Project.objects.count()


@pytest.fixture
def record(organization: Customer) -> Iterator[Any]:
    """Changes the one record that there is."""

    def change(**values: Any) -> None:
        with tenant(organization.id):
            assert IdempotencyRecord.objects.update(**values) == 1

    yield change


def test_repetition_is_answered_from_the_record(organization: Customer) -> None:
    program = new_program(organization)
    first, second = create(program), create(program)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert ("Idempotency-Replayed" in first.headers, second["Idempotency-Replayed"]) == (
        False,
        "true",
    )
    assert project_count(organization) == 1


def test_same_body_in_another_order_is_the_same_request(organization: Customer) -> None:
    program = new_program(organization)
    create(program, {"name": "a", "greeting": "b"})
    again = create(program, {"greeting": "b", "name": "a"})
    assert again["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("change", ["body", "path", "method"])
def test_key_with_another_request_is_refused(organization: Customer, change: str) -> None:
    program = new_program(organization)
    made = create(program).json()["id"]
    answer = {
        "body": lambda: create(program, {"name": "Day trains"}),
        "path": lambda: program(
            "POST", "api-keys/", {"name": "x", "rights": "read"}, Idempotency_Key="one"
        ),
        "method": lambda: program("DELETE", f"projects/{made}/", Idempotency_Key="one"),
    }[change]()
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")
    assert project_count(organization) == 1


def test_keys_of_two_programs_have_nothing_in_common(organization: Customer) -> None:
    programs = [new_program(organization), new_program(organization)]
    assert [create(program).status_code for program in programs] == [201, 201]
    assert project_count(organization) == 2


def test_refused_request_leaves_its_key_free(organization: Customer) -> None:
    program = new_program(organization)
    assert create(program, {"name": ""}).status_code == 400
    assert create(program).status_code == 201


def test_request_that_breaks_leaves_its_key_free(
    organization: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = new_program(organization)

    def break_down(**_: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("projects.api.projects.make_project", break_down)
        answer = create(program)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert create(program).status_code == 201
    assert project_count(organization) == 1


def test_many_at_once_make_one(organization: Customer) -> None:
    program = new_program(organization)
    together = Barrier(6)

    def ask(_: int) -> int:
        try:
            together.wait()
            return int(create(Program(program.key)).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as threads:
        statuses = list(threads.map(ask, range(6)))
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert project_count(organization) == 1
    assert create(program)["Idempotency-Replayed"] == "true"


def test_first_request_that_still_runs_is_waited_for(organization: Customer, record: Any) -> None:
    program = new_program(organization)
    create(program)
    record(status=None, sealed_body=None)
    answer = create(program)
    assert (answer.status_code, answer.json()["code"]) == (409, "still_running")


def test_first_request_that_died_is_taken_over(organization: Customer, record: Any) -> None:
    program = new_program(organization)
    create(program)
    record(status=None, sealed_body=None, lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert create(program).status_code == 201
    assert project_count(organization) == 2  # what the first one made stands for what it did not
    assert create(program)["Idempotency-Replayed"] == "true"


def test_request_whose_place_was_taken_changes_nothing(
    organization: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = new_program(organization)

    def lose_the_place(**_: Any) -> Project:
        IdempotencyRecord.objects.update(fence=9)
        return Project.objects.create(name="Lost", created_at=timezone.now())

    monkeypatch.setattr("projects.api.projects.make_project", lose_the_place)
    assert create(program).status_code == 500
    assert project_count(organization) == 0


def test_answer_is_forgotten_after_a_day(organization: Customer, record: Any) -> None:
    program = new_program(organization)
    create(program)
    record(expires_at=timezone.now())
    assert create(program, {"name": "Day trains"}).status_code == 201


def test_key_that_was_made_lies_nowhere_in_the_clear(organization: Customer) -> None:
    program = new_program(organization)
    body = {"name": "Reader", "rights": "read"}
    made = program("POST", "api-keys/", body, Idempotency_Key="k").json()["key"]
    again = program("POST", "api-keys/", body, Idempotency_Key="k").json()["key"]
    assert made == again
    with tenant(organization.id):
        row = IdempotencyRecord.objects.get()
        assert made.encode() not in bytes(row.sealed_body or b"")
        assert b"Reader" not in bytes(row.sealed_body or b"")
        assert ApiKey.objects.filter(name="Reader").count() == 1


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a b", "é"])
def test_unusable_key_is_refused(organization: Customer, key: str) -> None:
    answer = create(new_program(organization), key=key)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["Idempotency-Key"])


def test_job_forgets_what_is_older_than_a_day(organization: Customer, record: Any) -> None:
    create(new_program(organization))
    with tenant(organization.id):
        job = Job.objects.get(kind=FORGET_ANSWERS)
        assert job.due_at - job.created_at == KEPT_FOR
    record(expires_at=timezone.now())
    create(new_program(organization))
    run_job(str(organization.id), str(job.pk))
    with tenant(organization.id):
        assert IdempotencyRecord.objects.count() == 1
        job.refresh_from_db()
        assert job.state == State.QUEUED  # for the younger one
        assert job.due_at > timezone.now() + timedelta(hours=23)
        IdempotencyRecord.objects.update(expires_at=timezone.now())
    run_job(str(organization.id), str(job.pk))
    with tenant(organization.id):
        assert IdempotencyRecord.objects.count() == 0
        job.refresh_from_db()
        assert job.state == State.READY
    create(new_program(organization), key="two")
    with tenant(organization.id):
        assert Job.objects.get(kind=FORGET_ANSWERS).state == State.QUEUED
