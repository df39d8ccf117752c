"""The form of a web page: who may add one, and what is said of an address."""

from hashlib import sha512

import pytest
from django.urls import reverse

from askorac.tenancy.context import tenant
from askorac.testing.pages import answers, browser
from askorac.testing.people import Customer
from knowledge.models import Source
from projects.models import Project


def at(project: Project) -> str:
    return reverse("knowledge:page", args=[project.pk])


def addresses(customer: Customer) -> list[str]:
    with tenant(customer.id):
        return [each.url.open() for each in Source.objects.all()]


def test_form_by_person(organization: Customer, stranger: Customer, project: Project) -> None:
    expected = {"owner": 200, "viewer": 403, "stranger": 404, "nobody": 302}
    assert answers(organization, stranger, "GET", at(project)) == expected
    posted = answers(organization, stranger, "POST", at(project))
    assert posted == expected | {"owner": 422}
    assert addresses(organization) == []


def test_page_added(organization: Customer, project: Project) -> None:
    owner = browser(organization.owner)
    response = owner.post(at(project), {"url": " example.com/prices "}, follow=True)
    assert addresses(organization) == ["https://example.com/prices"]
    assert "“https://example.com/prices” was added." in response.content.decode()


def test_page_that_is_there_is_fetched_again(organization: Customer, project: Project) -> None:
    owner = browser(organization.owner)
    owner.post(at(project), {"url": "https://example.com/prices"})
    with tenant(organization.id):
        source = Source.objects.get()
    response = owner.post(at(project), {"url": "example.com/prices"}, follow=True)
    assert addresses(organization) == ["https://example.com/prices"]
    assert "was there already. It is fetched again." in response.content.decode()
    source_path = reverse("knowledge:source", args=[project.pk, source.pk])
    assert response.redirect_chain[-1][0] == source_path
    owner.post(at(project), {"url": "https://example.com/other"})
    assert len(addresses(organization)) == 2


@pytest.mark.parametrize(
    ("url", "sentence"),
    [("", "Give the address of the page."), ("http://127.1/", "by a number in an unusual way")],
)
def test_address_refused(organization: Customer, project: Project, url: str, sentence: str) -> None:
    response = browser(organization.owner).post(at(project), {"url": url})
    assert (response.status_code, addresses(organization)) == (422, [])
    assert sentence in response.content.decode()


def test_what_is_said_of_pages_lies_in_no_session(organization: Customer, project: Project) -> None:
    """However many sentences nobody has read yet: they are kept in the browser, or not at all."""
    owner = browser(organization.owner)
    for number in range(12):
        path = sha512(bytes([number])).hexdigest() * 2
        assert owner.post(at(project), {"url": f"example.com/{path}"}).status_code == 302
    assert "_messages" not in owner.session
    assert "was added." in owner.get(reverse("knowledge:sources", args=[project.pk])).text
