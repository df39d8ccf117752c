"""Django's pool after its sessions were ended, and while there is no server at all."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import connection, connections
from django.urls import reverse

from askorac.local.engines import Engines
from askorac.tenancy.context import tenant
from askorac.tenancy.pools import WAIT_SECONDS
from askorac.testing.pages import browser
from askorac.testing.people import Customer
from projects.models import Project

IDLE = 9
MOST = 12


def look(customer: Customer) -> int:
    """One request's work on the database, on a thread of its own."""
    try:
        with tenant(customer.id):
            return Project.objects.count()
    finally:
        connections.close_all()


def fill_the_pool(customer: Customer) -> list[int]:
    """Leave nine idle connections in the pool; returns the process ids of their sessions."""
    connection.close()
    connection.close_pool()  # a fresh one: other tests' threads may hold places in the old one
    together = threading.Barrier(IDLE)

    def hold() -> int:
        try:
            with tenant(customer.id):
                together.wait(60)
                return int(connection.connection.info.backend_pid)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(IDLE) as threads:
        return [each.result() for each in [threads.submit(hold) for _ in range(IDLE)]]


def end_sessions(engines: Engines, process_ids: list[int]) -> None:
    """End sessions as a restart of the server does, and wait until they are gone."""
    with psycopg.connect(engines.superuser_url(), autocommit=True) as superuser:
        superuser.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM unnest(%s::int[]) AS pid", [process_ids]
        )


def test_no_request_meets_a_session_that_was_ended(
    organization: Customer, project: Project, engines: Engines
) -> None:
    connection.close()
    ended = fill_the_pool(organization)
    assert len(set(ended)) == IDLE
    end_sessions(engines, ended)
    began_at = time.monotonic()
    with ThreadPoolExecutor(IDLE) as threads:
        found = list(threads.map(look, [organization] * 3 * IDLE))
    assert found == [1] * 3 * IDLE
    assert time.monotonic() - began_at < WAIT_SECONDS  # nobody waited in vain


@pytest.fixture
def busy(organization: Customer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """All connections are taken, and nobody waits for one for long."""
    connection.close()
    connection.close_pool()  # a fresh one: other tests' threads may hold places in the old one
    taken, over = threading.Barrier(MOST + 1), threading.Event()

    def hold() -> None:
        try:
            with tenant(organization.id):
                taken.wait(60)
                over.wait(300)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(MOST) as threads:
        holding = [threads.submit(hold) for _ in range(MOST)]
        taken.wait(60)
        monkeypatch.setattr("askorac.tenancy.postgres.base.WAIT_SECONDS", 0.0)
        yield
        over.set()
        for each in holding:
            each.result()


@pytest.mark.parametrize(
    ("method", "sentence"), [("get", "load the page again"), ("post", "send it once more")]
)
def test_page_that_gets_no_connection_asks_to_come_again(
    organization: Customer, project: Project, busy: None, method: str, sentence: str
) -> None:
    client = browser(organization.owner)
    client.raise_request_exception = False
    answer = getattr(client, method)(reverse("knowledge:text", args=[project.pk]))
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert sentence in answer.content.decode()
    assert "Content-Security-Policy" in answer
