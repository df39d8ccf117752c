"""The pages of knowledge, asked for by those who may, may not and must not see them."""

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from askorac.jobs.models import Job, State
from askorac.tenancy.context import tenant
from askorac.testing.pages import answers, browser
from askorac.testing.people import Customer
from knowledge.models import Source
from knowledge.sources import add_text
from projects.models import AuditEvent, Project

SEEN = {"owner": 200, "viewer": 200, "stranger": 404, "nobody": 302}
EDITED = {"owner": 200, "viewer": 403, "stranger": 404, "nobody": 302}


def new_source(customer: Customer, project: Project, title: str = "Opening hours") -> Source:
    with tenant(customer.id):
        return add_text(
            project=project,
            title=title,
            text="Open from nine to five.",
            by=customer.actor,
            now=timezone.now(),
        )


def set_job(customer: Customer, source: Source, **values: object) -> None:
    with tenant(customer.id):
        Job.objects.filter(target_id=source.pk).update(**values)


def names(customer: Customer, project: Project) -> list[str]:
    with tenant(customer.id):
        return sorted(each.name.open() for each in Source.objects.filter(project=project))


@pytest.fixture
def source(organization: Customer, project: Project) -> Iterator[Source]:
    return new_source(organization, project)


def at(name: str, project: Project, source: Source | None = None) -> str:
    args: list[UUID] = [project.pk, source.pk] if source else [project.pk]
    return reverse(f"knowledge:{name}", args=args)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("sources", SEEN), ("panel", SEEN), ("search", SEEN), ("text", EDITED)],
)
def test_page_by_person(
    organization: Customer,
    stranger: Customer,
    project: Project,
    name: str,
    expected: dict[str, int],
) -> None:
    assert answers(organization, stranger, "GET", at(name, project)) == expected


@pytest.mark.parametrize(
    ("name", "expected"), [("source", SEEN), ("chunks", SEEN), ("remove", EDITED)]
)
def test_page_of_a_source_by_person(
    organization: Customer,
    stranger: Customer,
    project: Project,
    source: Source,
    name: str,
    expected: dict[str, int],
) -> None:
    assert answers(organization, stranger, "GET", at(name, project, source)) == expected


@pytest.mark.parametrize("name", ["upload", "retry"])
def test_change_is_refused_by_get(
    organization: Customer, project: Project, source: Source, name: str
) -> None:
    path = at(name, project, source if name == "retry" else None)
    assert browser(organization.owner).get(path).status_code == 405


@pytest.mark.parametrize("name", ["retry", "remove"])
def test_change_by_those_who_may_not(
    organization: Customer, stranger: Customer, project: Project, source: Source, name: str
) -> None:
    found = answers(organization, stranger, "POST", at(name, project, source))
    assert {**found, "owner": 0} == {"owner": 0, "viewer": 403, "stranger": 404, "nobody": 302}


def test_source_is_removed_by_who_is_known_to_ask(
    organization: Customer, project: Project, source: Source
) -> None:
    late, path = (
        browser(organization.owner, age=timedelta(minutes=31)),
        at("remove", project, source),
    )
    asking = f"/accounts/reauthenticate/?{urlencode({'next': path})}"
    assert late.get(path)["Location"] == asking
    in_place = late.post(path, headers={"HX-Request": "true"})
    assert (in_place.status_code, in_place["HX-Redirect"]) == (204, asking)
    with tenant(organization.id):
        assert Source.objects.filter(pk=source.pk).exists()


def test_source_of_another_project_is_not_found(organization: Customer, source: Source) -> None:
    with tenant(organization.id):
        other = Project.objects.create(name="Other", created_at=timezone.now())
    assert browser(organization.owner).get(at("source", other, source)).status_code == 404
    assert browser(organization.owner).post(at("remove", other, source)).status_code == 404


def test_empty_shelf_says_what_it_is_for(organization: Customer, project: Project) -> None:
    page = browser(organization.owner).get(at("sources", project)).content.decode()
    assert "Nothing to answer from yet" in page


def test_list_shows_each_state_with_its_next_step(organization: Customer, project: Project) -> None:
    failed, working = new_source(organization, project), new_source(organization, project, "Terms")
    set_job(organization, failed, state=State.FAILED, reason="This PDF is locked.")
    set_job(
        organization,
        working,
        state=State.PROCESSING,
        done=5,
        total=10,
        lease_expires_at=timezone.now(),
    )
    page = browser(organization.owner).get(at("sources", project)).content.decode()
    assert "This PDF is locked." in page
    assert page.count(at("retry", project, failed)) == 2
    assert at("retry", project, working) not in page
    assert 'max="100" value="55"' in page
    assert "5 of 10" in page


def test_list_polls_only_while_something_is_at_work(
    organization: Customer, project: Project, source: Source
) -> None:
    client = browser(organization.owner)
    queued = client.get(at("sources", project)).content.decode()
    set_job(organization, source, state=State.READY)
    ready = client.get(at("sources", project)).content.decode()
    assert ("every 1500ms" in queued, "every 1500ms" in ready) == (True, False)


def test_poll_is_answered_only_to_news(
    organization: Customer, project: Project, source: Source
) -> None:
    client = browser(organization.owner)
    htmx = {"HX-Request": "true"}
    first = client.get(at("sources", project), headers=htmx)
    [seen] = re.findall(r"[?]seen=(\w+)", first.content.decode())
    again = client.get(at("sources", project), {"seen": seen}, headers=htmx)
    set_job(organization, source, state=State.READY)
    news = client.get(at("sources", project), {"seen": seen}, headers=htmx)
    assert (first.status_code, again.status_code, news.status_code) == (200, 204, 200)
    assert first.content.decode().startswith('<section id="sources"')
    assert "no-store" in first.headers["Cache-Control"]


def test_list_takes_as_many_statements_for_three_sources_as_for_one(
    organization: Customer, project: Project
) -> None:
    client = browser(organization.owner)
    counts = []
    for count in (1, 2):
        for _ in range(count):
            new_source(organization, project)
        with CaptureQueriesContext(connection) as statements:
            client.get(at("sources", project))
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_upload_of_several_files_by_the_form(organization: Customer, project: Project) -> None:
    files = [SimpleUploadedFile(name, b"Open from nine.") for name in ("a.txt", "b.md")]
    answer = browser(organization.owner).post(at("upload", project), {"files": files}, follow=True)
    assert names(organization, project) == ["a.txt", "b.md"]
    assert "2 files were added." in answer.content.decode()


def test_upload_keeps_the_good_files_and_names_the_bad_ones(
    organization: Customer, project: Project
) -> None:
    files = [SimpleUploadedFile("a.txt", b"Open."), SimpleUploadedFile("empty.txt", b"")]
    answer = browser(organization.owner).post(at("upload", project), {"files": files})
    assert (answer.status_code, names(organization, project)) == (422, ["a.txt"])
    assert "“empty.txt” is empty." in answer.content.decode()


def test_upload_without_a_file(organization: Customer, project: Project) -> None:
    answer = browser(organization.owner).post(at("upload", project), follow=True)
    assert "No file arrived. Choose at least one." in answer.content.decode()


def test_upload_by_the_script_is_answered_in_json(organization: Customer, project: Project) -> None:
    client = browser(organization.owner)
    json = {"Accept": "application/json"}
    good = client.post(
        at("upload", project), {"files": SimpleUploadedFile("a.txt", b"Open.")}, headers=json
    )
    bad = client.post(
        at("upload", project), {"files": SimpleUploadedFile("b.txt", b"")}, headers=json
    )
    assert (good.status_code, good.json()) == (201, {"added": 1})
    assert (bad.status_code, bad.json()) == (
        422,
        {"detail": "“b.txt” is empty. Choose a file with text in it."},
    )


def test_upload_by_a_stranger_or_a_viewer_adds_nothing(
    organization: Customer, stranger: Customer, project: Project
) -> None:
    found = answers(organization, stranger, "POST", at("upload", project))
    assert found == {"owner": 302, "viewer": 403, "stranger": 404, "nobody": 302}
    assert names(organization, project) == []


def test_pasted_text_becomes_a_source(organization: Customer, project: Project) -> None:
    form = {"title": "Opening hours", "text": "Open from nine to five."}
    answer = browser(organization.owner).post(at("text", project), form, follow=True)
    assert names(organization, project) == ["Opening hours"]
    assert "“Opening hours” was added." in answer.content.decode()


@pytest.mark.parametrize(
    "form", [{"title": "", "text": "Open."}, {"title": "Hours", "text": "  \n "}]
)
def test_pasted_text_that_cannot_be_used_is_kept_in_the_form(
    organization: Customer, project: Project, form: dict[str, str]
) -> None:
    answer = browser(organization.owner).post(at("text", project), form)
    assert (answer.status_code, names(organization, project)) == (422, [])


def test_retry_queues_the_source_again(
    organization: Customer, project: Project, source: Source
) -> None:
    set_job(organization, source, state=State.FAILED, reason="This PDF is locked.")
    answer = browser(organization.owner).post(at("retry", project, source), follow=True)
    with tenant(organization.id):
        state = Job.objects.get(target_id=source.pk).state
    assert state == State.QUEUED
    assert "“Opening hours” is being read again." in answer.content.decode()


def test_remove_by_the_page(organization: Customer, project: Project, source: Source) -> None:
    answer = browser(organization.owner).post(at("remove", project, source), follow=True)
    assert names(organization, project) == []
    assert "“Opening hours” was removed." in answer.content.decode()
    with tenant(organization.id):
        assert AuditEvent.objects.filter(action="source.removed").count() == 1


def test_remove_in_place_answers_with_the_list_and_a_toast(
    organization: Customer, project: Project, source: Source
) -> None:
    answer = browser(organization.owner).post(
        at("remove", project, source), headers={"HX-Request": "true"}
    )
    page = answer.content.decode()
    assert page.startswith('<section id="sources"')
    assert "“Opening hours” was removed." in page
    assert "Nothing to answer from yet" in page
