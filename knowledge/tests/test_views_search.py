"""The page that says what a question would find."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from askorac.tenancy.context import tenant
from askorac.testing.pages import browser
from askorac.testing.people import Customer
from conversations.tests.documents import stock
from knowledge.models import Source
from projects.models import Project

QUESTION = "How much is shipping?"


@pytest.fixture
def shop(organization: Customer, project: Project) -> Project:
    """A project with three passages about a shop."""
    stock(project)
    with tenant(organization.id):
        Source.objects.update(chunk_count=3)
    return project


def get(customer: Customer, project: Project, question: str | None = None, **headers: str) -> str:
    path = reverse("knowledge:search", args=[project.pk])
    query = {} if question is None else {"q": question}
    answer = browser(customer.owner).get(path, query, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def ranks(page: str) -> list[str]:
    return re.findall(r'found-rank num">(\d+)<|(?:Threshold) ([\d.]+)<', page)


def test_passages_stand_by_rank_around_the_threshold(organization: Customer, shop: Project) -> None:
    with tenant(organization.id):
        Project.objects.update(answer_floor=0.5)
    page = get(organization, shop, QUESTION)
    assert ranks(page) == [("1", ""), ("", "0.50"), ("2", ""), ("3", "")]
    assert "<strong>1</strong> of 3 passages reaches the threshold" in page


def test_passage_shows_its_sentence_and_leads_to_its_chunk(
    organization: Customer, shop: Project
) -> None:
    page = get(organization, shop, QUESTION)
    with tenant(organization.id):
        source = Source.objects.get()
    chunks = reverse("knowledge:chunks", args=[shop.pk, source.pk])
    assert f'href="{chunks}?at=1#chunk-1"' in page
    assert "<mark>Shipping within the country takes two working days and costs 4 euros.</mark>" in (
        page
    )
    assert "Page 2" in page


def test_nothing_over_the_threshold_says_what_a_visitor_is_told(
    organization: Customer, shop: Project
) -> None:
    with tenant(organization.id):
        Project.objects.update(answer_floor=1)
    page = get(organization, shop, QUESTION)
    assert ranks(page)[0] == ("", "1.00")
    assert "the visitor is told that the documents do not hold the answer" in page


def test_page_before_a_question_and_without_documents(
    organization: Customer, project: Project
) -> None:
    assert "Nothing to search yet" in get(organization, project, QUESTION)
    stock(project)
    with tenant(organization.id):
        Source.objects.update(chunk_count=3)
    assert "Ask, and see what is found" in get(organization, project, " ")


def test_passages_alone_for_a_script(organization: Customer, shop: Project) -> None:
    headers = {"HX-Request": "true"}
    page = get(organization, shop, QUESTION, **headers)
    assert page.startswith('<section id="found"')


def test_question_is_shown_again_without_its_markup(organization: Customer, shop: Project) -> None:
    page = get(organization, shop, '"><script>')
    assert 'value="&quot;&gt;&lt;script&gt;"' in page


def test_provider_without_a_key_is_said_with_what_to_do(
    organization: Customer, shop: Project
) -> None:
    with tenant(organization.id):
        Project.objects.update(embedding_space="openai/text-embedding-3-small/1536")
    path = reverse("knowledge:search", args=[shop.pk])
    client = browser(organization.owner)
    page = client.get(path, {"q": QUESTION})
    part = client.get(path, {"q": QUESTION}, headers={"HX-Request": "true"})
    assert (page.status_code, part.status_code) == (503, 200)
    assert "Set OPENAI_API_KEY, or embed the documents again." in page.content.decode()
    assert "Set OPENAI_API_KEY, or embed the documents again." in part.content.decode()


def test_question_that_is_too_long_is_said(organization: Customer, shop: Project) -> None:
    path = reverse("knowledge:search", args=[shop.pk])
    answer = browser(organization.owner).get(path, {"q": "x" * 4001})
    assert answer.status_code == 400
    assert "Use 4,000 characters at most." in answer.content.decode()


def test_removed_sources_leave_nothing_to_find(organization: Customer, shop: Project) -> None:
    with tenant(organization.id):
        Source.objects.all().delete()
        Source.objects.create(
            project=shop,
            kind="text",
            name="Empty",
            size_bytes=1,
            chunk_count=1,
            created_at=timezone.now(),
        )
    assert "No passage is left" in get(organization, shop, QUESTION)


def test_search_takes_as_many_statements_for_three_passages_as_for_one(
    organization: Customer, project: Project
) -> None:
    counts = []
    for texts in (["Shipping costs 4 euros."], ["Returns take a month.", "We open at nine."]):
        stock(project, texts)
        with tenant(organization.id):
            Source.objects.update(chunk_count=1)
        get(organization, project, QUESTION)  # keys and models are asked for once in a while
        with CaptureQueriesContext(connection) as statements:
            get(organization, project, QUESTION)
        counts.append(len(statements))
    assert counts[0] == counts[1]
