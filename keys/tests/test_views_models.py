"""The pages on which models are chosen, and what they tell of documents on their way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import override_settings
from django.utils import timezone

from askorac.jobs.models import Job
from askorac.jobs.tasks import run_job
from askorac.net.addresses import networks_of
from askorac.tenancy.context import tenant
from askorac.testing.anthropic_server import AnthropicServer
from askorac.testing.openai_server import OpenAIServer, running_openai_server
from askorac.testing.openai_wire import Behaviour, Fault
from askorac.testing.pages import browser
from askorac.testing.people import Customer, new_project
from askorac.testing.programs import new_program
from askorac.testing.wire_server import running
from keys.choices import forget_choices
from keys.choosing import RESPACE_PROJECT
from keys.entering import NewKey
from keys.models import ProviderKey
from keys.provider_keys import add_provider_key
from keys.providers.addresses import ADDRESSES
from knowledge.searching import search_project
from knowledge.tests.ingesting import upload, work
from projects.models import Project

SMALL = "openai/text-embedding-3-small/1536"


@pytest.fixture
def provider() -> Iterator[OpenAIServer]:
    """Our own account."""
    with (
        running_openai_server(Behaviour(is_lifelike=False)) as server,
        override_settings(OPENAI_API_KEY="sk-ours-0123456789", OPENAI_BASE_URL=server.base_url),
    ):
        yield server


@pytest.fixture
def anthropic(monkeypatch: pytest.MonkeyPatch) -> Iterator[AnthropicServer]:
    with running(AnthropicServer()) as server:
        monkeypatch.setitem(ADDRESSES, "anthropic", server.base_url)
        yield server


def page(customer: Customer, project: Project) -> str:
    answer = browser(customer.owner).get(f"/app/projects/{project.pk}/models/choose/")
    return answer.content.decode()


def post(customer: Customer, project: Project, **typed: str) -> int:
    door = f"/app/projects/{project.pk}/models/choose/"
    return browser(customer.owner).post(door, typed).status_code


def do_move(customer: Customer, project: Project) -> None:
    with tenant(customer.id):
        job = Job.objects.get(kind=RESPACE_PROJECT, target_id=project.pk)
    run_job(str(customer.id), str(job.pk))


def test_customer_of_anthropic_is_told_who_embedded_and_brings_the_documents_here(
    organization: Customer,
    project: Project,
    provider: OpenAIServer,
    anthropic: AnthropicServer,
) -> None:
    """Documents that our account has embedded: with the customer's key it is asked no more."""
    work(upload(organization, project, "shop.md", b"A parcel may return within thirty days."))
    assert post(organization, project, chat="openai/gpt-5.6-luna") == 302
    provider.requests.clear()
    add_provider_key(
        organization_id=organization.id,
        project_id=None,
        new=NewKey("anthropic", "Bank", "sk-ant-api03-0123456789abcdef"),
        by=organization.actor,
        now=timezone.now(),
    )
    text = page(organization, project)
    assert "No passages are found now" in text
    assert f"The documents are embedded by {SMALL}" in text
    assert post(organization, project, embed_here="1") == 302
    assert "are being embedded by local/all-minilm" in page(organization, project)
    do_move(organization, project)
    text = page(organization, project)
    assert "No passages are found now" not in text
    assert "being embedded" not in text
    with tenant(organization.id):
        moved = Project.objects.get(pk=project.pk)
    assert len(search_project(project=moved, question="How long?", limit=3).found) == 1
    assert provider.requests == []


def test_failed_move_says_why_and_goes_on_when_saved_again(
    organization: Customer, project: Project, provider: OpenAIServer
) -> None:
    with override_settings(OPENAI_API_KEY="", OPENAI_BASE_URL=""):
        work(upload(organization, project, "shop.md", b"Thirty days."))
    provider.upcoming.append(Behaviour(fault=Fault.REJECTED))
    assert post(organization, project, embedding="openai/text-embedding-3-small") == 302
    do_move(organization, project)
    text = page(organization, project)
    assert "The documents are not embedded by" in text
    assert "did not accept the key" in text
    assert post(organization, project, embedding=SMALL) == 302
    do_move(organization, project)
    assert "not embedded" not in page(organization, project)


def test_api_tells_how_far_a_move_is(
    organization: Customer, project: Project, provider: OpenAIServer
) -> None:
    with override_settings(OPENAI_API_KEY="", OPENAI_BASE_URL=""):
        work(upload(organization, project, "shop.md", b"Thirty days."))
    program = new_program(organization)
    door = f"projects/{project.pk}/models/"
    told = program("PATCH", door, {"embedding": SMALL}).json()
    assert told["embedding_in_use"].startswith("local/")
    assert told["move"] == {
        "to": SMALL, "state": "queued", "done": 0, "total": 0, "reason": ""
    }  # fmt: skip
    do_move(organization, project)
    told = program("GET", door).json()
    assert (told["embedding_in_use"], told["move"]) == (SMALL, None)


def test_models_of_the_account_are_offered(
    organization: Customer, project: Project, provider: OpenAIServer
) -> None:
    door = f"/app/projects/{project.pk}/models/offers/"
    text = browser(organization.owner).get(door).content.decode()
    assert '<option value="openai/gpt-5.4-mini">' in text
    assert '<option value="local/quotes">' in text


def test_offers_lack_a_provider_that_does_not_answer(
    organization: Customer, project: Project, provider: OpenAIServer
) -> None:
    provider.behaviour = Behaviour(fault=Fault.BROKEN)
    door = f"/app/projects/{project.pk}/models/offers/"
    text = browser(organization.owner).get(door).content.decode()
    assert ("openai/" in text, '<option value="local">' in text) == (False, True)


def test_key_of_one_project_is_added_from_its_settings(
    organization: Customer, project: Project
) -> None:
    other = new_project(organization, "Other")
    assert f"?project={project.pk}#new-title" in page(organization, project)
    door = f"/app/organization/provider-keys/?project={other.pk}"
    text = browser(organization.owner).get(door).content.decode()
    assert f'<option value="{other.pk}" selected>' in text


def test_server_of_one_s_own_is_asked_about_as_long_as_its_model_is_not_chosen(
    organization: Customer, provider: OpenAIServer
) -> None:
    project = new_project(organization)
    with tenant(organization.id):
        source = upload(organization, project, "gate.txt", b"The gate opens at nine.")
    work(source)
    with running_openai_server() as server, override_settings(
        ALLOW_PRIVATE_ADDRESSES=networks_of("127.0.0.0/8")
    ):  # fmt: skip
        new = NewKey("openai", "Ours", "", server.base_url, "llama")
        add_provider_key(
            organization_id=organization.id,
            project_id=None,
            new=new,
            by=organization.actor,
            now=timezone.now(),
        )
        text = page(organization, project)
        assert "Does your server embed?" in text
        assert server.base_url in text
        assert post(organization, project, chat="", fallback="", embedding=SMALL) == 302
        assert "Does your server embed?" not in page(organization, project)


def test_revoked_key_is_not_said_to_be_stood_in_for(
    organization: Customer, provider: OpenAIServer
) -> None:
    project = new_project(organization)
    now = timezone.now()
    assert "so AskOrac's account is used" in page(organization, project)
    with tenant(organization.id):
        ProviderKey.objects.create(
            provider="anthropic",
            label="Bank",
            fingerprint="0" * 16,
            set_by="Ada",
            set_at=now,
            created_at=now,
            revoked_at=now,
        )
    forget_choices()
    text = page(organization, project)
    assert "so AskOrac's account is used" not in text
    assert "no other account takes its place" in text
    assert "Nothing answers: the key that would was revoked" in text
