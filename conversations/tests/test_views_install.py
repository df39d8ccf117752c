"""Putting the widget on a site."""

import pytest
from django.urls import reverse

from askorac.tenancy.context import tenant
from askorac.testing.pages import answers, browser
from askorac.testing.people import Customer
from projects.models import Project


def sites(project: Project) -> str:
    return reverse("conversations:domains", args=[project.pk])


def allowed(customer: Customer, project: Project) -> list[str]:
    with tenant(customer.id):
        return Project.objects.get(pk=project.pk).allowed_domains


def test_snippet_names_this_host_and_the_project(organization: Customer, project: Project) -> None:
    path = reverse("conversations:install", args=[project.pk])
    page = browser(organization.owner).get(path).content.decode()
    assert f"data-orac-project=&quot;{project.public_key}&quot;&gt;&lt;/script&gt;" in page
    assert f'<script async src="/widget.js" data-orac-project="{project.public_key}">' in page


def test_sites_are_saved_one_a_line(organization: Customer, project: Project) -> None:
    text = "https://Shop.example/path\r\n\r\n  *.shop.example \nlocalhost:8001"
    answer = browser(organization.owner).post(sites(project), {"domains": text}, follow=True)
    assert allowed(organization, project) == ["*.shop.example", "localhost:8001", "shop.example"]
    assert "3 sites may carry the assistant now." in answer.content.decode()


def test_no_sites_close_the_widget_to_all_but_us(organization: Customer, project: Project) -> None:
    client = browser(organization.owner)
    client.post(sites(project), {"domains": "shop.example"})
    answer = client.post(sites(project), {"domains": " \n "}, follow=True)
    assert allowed(organization, project) == []
    assert "No site may carry the assistant now but our own pages." in answer.content.decode()


@pytest.mark.parametrize("text", ["shop.example\nnot a domain", "\n".join(["a.example"] * 101)])
def test_sites_that_are_none_are_named_and_kept_in_the_form(
    organization: Customer, project: Project, text: str
) -> None:
    answer = browser(organization.owner).post(sites(project), {"domains": text})
    page = answer.content.decode()
    assert (answer.status_code, allowed(organization, project)) == (422, [])
    assert ('id="id_domains_error"' in page, text.splitlines()[0] in page) == (True, True)


def test_sites_by_those_who_may_not(
    organization: Customer, stranger: Customer, project: Project
) -> None:
    found = answers(organization, stranger, "POST", sites(project))
    assert found == {"owner": 302, "viewer": 403, "stranger": 404, "nobody": 302}
