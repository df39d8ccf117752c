"""Web processes for the socket tests: one on each server, on the session's engines, with a
provider on the loopback. Django is imported in the fixtures: it is not set up before them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from askorac.testing.screen import chromium
from askorac.testing.sockets import Web, running_web

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from askorac.testing.openai_server import OpenAIServer
    from askorac.testing.people import Customer
    from projects.models import Project

DOCUMENT = "Parcels may be returned within thirty days. The harbour office takes them back."
QUESTION = "Until when may parcels be returned?"
ANSWER = "They may be returned **within thirty days** [1]. The harbour office takes them back [1]."


@dataclass(frozen=True)
class Site:
    """Two processes of one site; what is asked of the one can be followed from the other."""

    daphne: Web
    uvicorn: Web


@pytest.fixture(scope="session")
def _provider() -> Iterator[OpenAIServer]:
    from askorac.testing.openai_server import running_openai_server

    with running_openai_server() as server:
        yield server


@pytest.fixture
def provider(_provider: OpenAIServer) -> OpenAIServer:
    """What the web processes ask; it answers with ANSWER, at once, unless a test says else."""
    from askorac.testing.openai_wire import Behaviour

    _provider.behaviour = Behaviour(text=ANSWER)
    _provider.requests.clear()
    return _provider


@pytest.fixture(scope="session")
def _site(_provider: OpenAIServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("web")
    key = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": _provider.base_url}
    with (
        running_web(folder, "daphne", **key) as daphne,
        running_web(folder, "uvicorn", **key) as uvicorn,
    ):
        yield Site(daphne, uvicorn)


@pytest.fixture
def site(_site: Site, provider: OpenAIServer) -> Site:
    """Both processes, and the provider as it is at first."""
    return _site


@pytest.fixture(params=["daphne", "uvicorn"])
def web(site: Site, request: pytest.FixtureRequest) -> Web:
    """Each server in turn, so that nothing leans on one of them."""
    chosen: Web = getattr(site, request.param)
    return chosen


@pytest.fixture
def shop(organization: Customer, project: Project) -> Project:
    """A project that shop.example may ask, with a document about parcels."""
    from django.utils import timezone

    from askorac.jobs.models import Job
    from askorac.jobs.tasks import run_job
    from askorac.tenancy.context import tenant
    from knowledge.sources import add_text
    from projects.lifecycle import set_allowed_domains

    by, now = organization.actor, timezone.now()
    with tenant(organization.id):
        set_allowed_domains(project=project, domains=["shop.example"], by=by, now=now)
        add_text(project=project, title="Parcels", text=DOCUMENT, by=by, now=now)
        job = Job.objects.get(kind="source.ingest")
    run_job(str(organization.id), str(job.pk))
    return project


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium for one module: its loop may not run beside that of the async tests."""
    with chromium() as started:
        yield started
