"""One organization that brings hundreds of files keeps nobody waiting."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db.models import F
from django.utils import timezone

from askorac.celery import app
from askorac.jobs.leases import enqueue
from askorac.jobs.models import Job
from askorac.jobs.tasks import sweep, wake
from askorac.tenancy.context import tenant
from askorac.testing.people import Customer

KIND = "test.fair"
LONG = timedelta(days=1000)  # before what other tests have left undone


@pytest.fixture
def others(organization: Customer, stranger: Customer) -> Iterator[tuple[Customer, Customer]]:
    """Two organizations, and an empty queue before and after."""
    in_line()
    yield organization, stranger
    in_line()
    for customer in (organization, stranger):
        with tenant(customer.id):
            Job.objects.filter(kind=KIND).delete()


def ask(customer: Customer, *, times: int) -> list[UUID]:
    jobs = []
    for _ in range(times):
        with tenant(customer.id):
            job = enqueue(kind=KIND, target_id=uuid4(), now=timezone.now(), wake=wake)
        jobs.append(job.pk)
    return jobs


def in_line() -> list[UUID]:
    """The jobs that wake-ups wait for, in the order in which a worker takes them."""
    taken: list[UUID] = []
    with app.connection_for_read() as connection, connection.channel() as channel:
        while message := channel.basic_get(app.conf.task_default_queue, no_ack=True):
            if message.headers["task"] == "jobs.run_job":
                taken.append(UUID(message.decode()[0][1]))
    return taken


def test_second_organization_is_among_the_next_few(others: tuple[Customer, Customer]) -> None:
    first, second = others
    many, one = ask(first, times=100), ask(second, times=1)
    line = in_line()
    assert line.index(one[0]) <= 2
    assert sorted(line) == sorted(many + one)


def test_one_organization_alone_keeps_its_order(others: tuple[Customer, Customer]) -> None:
    many = ask(others[0], times=60)
    assert in_line() == many


def test_sweep_moves_the_oldest_of_each_to_the_front(others: tuple[Customer, Customer]) -> None:
    first, second = others
    many, few = ask(first, times=20), ask(second, times=5)
    in_line()  # as if the broker had lost them
    for customer in others:
        with tenant(customer.id):
            Job.objects.filter(kind=KIND).update(due_at=F("due_at") - LONG)
    sweep()
    line = [job for job in in_line() if job in {*many, *few}]  # others' work waits there, too
    assert set(line[:4]) == {*many[:2], *few[:2]}
    assert sorted(line) == sorted(many + few)
