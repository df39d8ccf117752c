"""A customer's key to Gemini answers and embeds, and nothing goes elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from django.core.exceptions import ValidationError
from django.test import override_settings
from django.utils import timezone

from askorac.tenancy.context import tenant
from askorac.testing.gemini_server import GeminiServer
from askorac.testing.openai_server import running_openai_server
from askorac.testing.people import Customer, new_project
from askorac.testing.wire_server import running
from askorac.testing.wires import Behaviour, Fault
from keys.choices import forget_choices
from keys.choosing import NO_KEY, Wanted, choose_models
from keys.clients import models_ready, space_for
from keys.entering import REFUSED, NewKey
from keys.provider_keys import add_provider_key
from keys.providers.addresses import ADDRESSES
from keys.tests.answers import listen

THEIRS = "AIzaSy-canary-7f3b19c2d8e64a05f"


@pytest.fixture
def gemini(monkeypatch: pytest.MonkeyPatch) -> Iterator[GeminiServer]:
    with running(GeminiServer()) as server:
        monkeypatch.setitem(ADDRESSES, "gemini", server.base_url)
        forget_choices()
        yield server


def add(customer: Customer) -> None:
    add_provider_key(
        organization_id=customer.id,
        project_id=None,
        new=NewKey("gemini", "Account of the company", THEIRS),
        by=customer.actor,
        now=timezone.now(),
    )


def test_key_of_gemini_answers_and_embeds(organization: Customer, gemini: GeminiServer) -> None:
    project = new_project(organization)
    with (
        running_openai_server() as ours,
        override_settings(OPENAI_API_KEY="sk-ours", OPENAI_BASE_URL=ours.base_url),
    ):
        add(organization)
        space = space_for(project)
        models = asyncio.run(models_ready(project))
        listen(models.chat)
        asyncio.run(models.embedding(space).embed(["a question"]))
        assert ours.requests == []
    assert str(space) == "gemini/gemini-embedding-001/1536"
    assert [(seen.path.rpartition(":")[2], seen.key) for seen in gemini.requests[1:]] == [
        ("streamGenerateContent?alt=sse", THEIRS), ("batchEmbedContents", THEIRS)
    ]  # fmt: skip


def test_refused_key_is_not_kept(organization: Customer, gemini: GeminiServer) -> None:
    gemini.behaviour = Behaviour(fault=Fault.REJECTED)
    with pytest.raises(ValidationError) as caught:
        add(organization)
    assert caught.value.message_dict == {"key": [REFUSED]}


def test_model_of_gemini_needs_a_key_of_theirs(
    organization: Customer, gemini: GeminiServer
) -> None:
    project = new_project(organization)
    wanted = Wanted(chat="gemini/gemini-3.5-flash")
    with tenant(organization.id), pytest.raises(ValidationError) as caught:
        choose_models(project=project, wanted=wanted, by=organization.actor, now=timezone.now())
    assert caught.value.message_dict == {"chat": [NO_KEY]}
