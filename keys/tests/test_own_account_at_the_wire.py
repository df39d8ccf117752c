"""Counted at the wire: documents and searches of a customer with a key never reach our account."""

from __future__ import annotations

import pytest
from django.utils import timezone

from askorac.jobs.models import Job, State
from askorac.jobs.tasks import run_job
from askorac.tenancy.context import tenant
from askorac.testing.openai_server import OpenAIServer
from askorac.testing.openai_wire import Behaviour, Fault
from askorac.testing.people import Customer, new_project
from keys import clients
from keys.choosing import Wanted, choose_models
from keys.clients import KeyRejected
from keys.models import ProviderKey
from keys.tests.test_provider_keys import THEIRS, add, ours, theirs
from knowledge.searching import search_project
from knowledge.sources import INGEST_SOURCE, add_text
from projects.models import Project

__all__ = ["ours", "theirs"]


def taught(customer: Customer) -> Project:
    """A project that embeds by the customer's account and knows one text."""
    project, now = new_project(customer), timezone.now()
    with tenant(customer.id):
        wanted = Wanted(embedding="openai/text-embedding-3-small")
        choose_models(project=project, wanted=wanted, by=customer.actor, now=now)
    add_text(project=project, title="Parcels", text="Thirty days.", by=customer.actor, now=now)
    with tenant(customer.id):
        job = Job.objects.get(kind=INGEST_SOURCE)
    run_job(str(customer.id), str(job.pk))
    with tenant(customer.id):
        assert Job.objects.get(pk=job.pk).state == State.READY
        return Project.objects.get(pk=project.pk)


def test_ingestion_and_search_reach_the_customer_s_account_alone(
    organization: Customer, ours: OpenAIServer, theirs: OpenAIServer
) -> None:
    add(organization, theirs)
    theirs.requests.clear()
    project = taught(organization)
    search_project(project=project, question="How long?", limit=3)
    assert [(each.path, each.key) for each in theirs.requests] == [("/v1/embeddings", THEIRS)] * 2
    assert ours.requests == []


def test_use_by_ingestion_and_by_search_is_written_down_once_a_minute(
    organization: Customer, ours: OpenAIServer, theirs: OpenAIServer
) -> None:
    row = add(organization, theirs)
    project = taught(organization)
    with tenant(organization.id):
        first = ProviderKey.objects.get(pk=row.pk).last_used_at
    assert first is not None
    search_project(project=project, question="How long?", limit=3)
    with tenant(organization.id):
        assert ProviderKey.objects.get(pk=row.pk).last_used_at == first
        ProviderKey.objects.filter(pk=row.pk).update(last_used_at=None)
    clients._noted.clear()
    search_project(project=project, question="How long?", limit=3)
    with tenant(organization.id):
        assert ProviderKey.objects.get(pk=row.pk).last_used_at is not None


def test_search_fails_rather_than_reach_ours(
    organization: Customer, ours: OpenAIServer, theirs: OpenAIServer
) -> None:
    add(organization, theirs)
    project = taught(organization)
    theirs.behaviour = Behaviour(fault=Fault.REJECTED)
    with pytest.raises(KeyRejected):
        search_project(project=project, question="How long?", limit=3)
    assert ours.requests == []
