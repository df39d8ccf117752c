"""The drawn flow of data is that of the project's real settings."""

from __future__ import annotations

import pytest
from django.test import override_settings
from django.utils import timezone

from askorac.tenancy.context import tenant
from askorac.testing.pages import browser, new_member
from askorac.testing.people import Customer, new_project
from keys.choices import forget_choices
from keys.choosing import Wanted, choose_models
from keys.data_flow import flow_of
from keys.models import ProviderKey
from keys.places import AZURE, OWN_NETWORK, UNKNOWN, place_of
from projects.models import Content, Keep, Project
from projects.retention.holds import place_hold
from projects.retention.rules import Rule, change_rules


def told(project: Project) -> list[tuple[str, str, str]]:
    forget_choices()
    with tenant(project.organization_id):
        stages = flow_of(project, now=timezone.now()).stages[1:-1]
        return [(each.who, each.account, each.host) for each in stages]


def add_anthropic(customer: Customer) -> None:
    now = timezone.now()
    with tenant(customer.id):
        row = ProviderKey(
            provider="anthropic", label="Bank", set_by="Ada", set_at=now, created_at=now
        )
        row.key = "sk-ant-0123456789"
        row.save()


@override_settings(OPENAI_API_KEY="sk-ours", OPENAI_BASE_URL="", CHAT_MODEL="", EMBEDDING_MODEL="")
def test_flow_changes_with_the_settings(organization: Customer) -> None:
    project = new_project(organization)
    ours = "AskOrac's account"
    assert told(project) == [
        ("OpenAI, by text-embedding-3-small", ours, "api.openai.com"),
        ("OpenAI, by gpt-5.6-luna", ours, "api.openai.com"),
    ]
    add_anthropic(organization)
    theirs = ("Anthropic, by claude-haiku-4-5", "your account (“Bank”)", "api.anthropic.com")
    assert told(project) == [("This server, by all-minilm-l6-v2-int8", "", ""), theirs]
    with tenant(organization.id):
        wanted = Wanted(chat="local/quotes", fallback="anthropic/claude-haiku-4-5")
        choose_models(project=project, wanted=wanted, by=organization.actor, now=timezone.now())
    assert told(project)[1:] == [("This server, by quotes", "", ""), theirs]


def test_page_says_that_nothing_leaves_through_our_account(organization: Customer) -> None:
    project = new_project(organization)
    add_anthropic(organization)
    answer = browser(organization.owner).get(f"/app/projects/{project.pk}/data-flow/")
    text = answer.content.decode()
    assert "Nothing of this project leaves through AskOrac" in text
    assert "<code>api.anthropic.com</code>, under your account" in text


def test_page_draws_each_place_that_data_goes_to(organization: Customer) -> None:
    project = new_project(organization)
    add_anthropic(organization)
    answer = browser(organization.owner).get(f"/app/projects/{project.pk}/data-flow/")
    drawn = answer.content.decode().partition("<figure")[2].partition("</figure>")[0]
    assert drawn.count('map-out"') == 1
    assert "Anthropic of the United States; this address names no region" in drawn
    assert "all-minilm-l6-v2-int8" in drawn  # on this server, inside its box


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("https://eu.api.openai.com/v1", "OpenAI, in Europe, which this address asks for"),
        ("https://bank.openai.azure.com/openai/v1", AZURE),
        ("http://10.0.0.7:8000/v1", OWN_NETWORK),
        ("http://llm:8000/v1", OWN_NETWORK),
        ("https://llm.example.com/v1", UNKNOWN),
        ("https://93.184.215.14/v1", UNKNOWN),
    ],
)
def test_place_is_told_as_far_as_the_address_tells_it(address: str, place: str) -> None:
    assert place_of(address) == place


def test_viewer_finds_the_page_and_the_way_back(organization: Customer) -> None:
    project = new_project(organization)
    looking = browser(new_member(organization, "viewer"))
    door = f"/app/projects/{project.pk}/data-flow/"
    overview = looking.get(f"/app/projects/{project.pk}/")
    assert f'href="{door}"' in overview.content.decode()
    flow = looking.get(door).content.decode()
    assert f'class="page-back" href="/app/projects/{project.pk}/"' in flow
    assert "/settings/" not in flow


def test_flow_names_the_rules_that_hold(organization: Customer) -> None:
    project = new_project(organization)
    by, now = organization.actor, timezone.now()
    with tenant(organization.id):
        here = flow_of(project, now=now).stages[0].keeps
        assert here.startswith("The conversation, sealed: until it is deleted.")
        wanted = {Content.UPLOADS: Rule(Keep.DAYS, 90), Content.VISITORS: Rule(Keep.SESSION)}
        change_rules(wanted=wanted, project=None, by=by, now=now)
        place_hold(project=project, reason="Case 17", by=by, now=now)
        first, *_, last = flow_of(project, now=now).stages
    assert "the page's address: until 15 minutes after the visitor has left." in first.keeps
    assert "Original files stay for 90 days, what was read from them until" in last.keeps
    assert last.keeps.endswith("A hold keeps all of it for now, whatever the rules say.")
