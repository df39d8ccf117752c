"""Documents whose words are behind: found, indexed, and as they should be when a text is kept."""

import pytest
from django.utils import timezone

from askorac.jobs.leases import enqueue
from askorac.jobs.models import Job, State
from askorac.jobs.tasks import run_job, wake
from askorac.sealing import keyrings
from askorac.tenancy.context import tenant
from askorac.testing.keys import taken_away
from askorac.testing.people import Customer
from askorac.testing.web import Site, reply
from knowledge import rewording
from knowledge.models import Posting, Vocabulary
from knowledge.rewording import INDEX_WORDS
from knowledge.tests.ingesting import add_page, upload, work
from knowledge.words import postings
from projects.models import Project


def found(customer: Customer, project: Project, question: str) -> int:
    """How many chunks have a word of the question."""
    ring = keyrings.of(customer.id)
    with tenant(customer.id):
        return len(postings.look_up(question, project_id=project.pk, ring=ring).places)


def reword(customer: Customer, project: Project) -> Job:
    with tenant(customer.id):
        now = timezone.now()
        job = enqueue(kind=INDEX_WORDS, target_id=project.pk, now=now, wake=wake)
    run_job(str(customer.id), str(job.pk))
    with tenant(customer.id):
        return Job.objects.get(pk=job.pk)


@pytest.fixture
def shelf(organization: Customer, project: Project) -> Customer:
    """Three documents, as they were stored before words were indexed."""
    for name in ("rope", "tar", "oakum"):
        work(upload(organization, project, f"{name}.md", f"The {name} lies there.".encode()))
    with tenant(organization.id):
        Posting.objects.all().delete()
        Vocabulary.objects.all().delete()
    return organization


def test_documents_without_words_get_them(shelf: Customer, project: Project) -> None:
    assert found(shelf, project, "rope tar oakum") == 0
    job = reword(shelf, project)
    assert (job.state, job.done, job.total) == (State.READY, 3, 3)
    assert found(shelf, project, "rope tar oakum") == 3
    assert found(shelf, project, "oakum") == 1


def test_documents_of_an_older_edition_are_indexed_again(
    organization: Customer, project: Project
) -> None:
    work(upload(organization, project, "rope.md", b"Rope lies there."))
    with tenant(organization.id):
        Vocabulary.objects.update(edition=postings.EDITION - 1)
    assert reword(organization, project).done == 1
    assert reword(organization, project).done == 0


def test_indexing_goes_on_where_it_stopped(
    shelf: Customer, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine, kept = rewording._keep, []

    def keep_and_break(*args: object) -> bool:
        if kept:
            raise RuntimeError("The worker was stopped.")
        kept.append(genuine(*args))  # type: ignore[arg-type]
        return kept[-1]

    monkeypatch.setattr(rewording, "_keep", keep_and_break)
    assert reword(shelf, project).state == State.QUEUED
    assert found(shelf, project, "rope tar oakum") == 1
    monkeypatch.setattr(rewording, "_keep", genuine)
    assert reword(shelf, project).done == 2
    assert found(shelf, project, "rope tar oakum") == 3


def test_indexing_waits_for_the_key(shelf: Customer, project: Project) -> None:
    with taken_away(shelf.id):
        job = reword(shelf, project)
    assert (job.state, job.attempts) == (State.QUEUED, 0)
    assert reword(shelf, project).state == State.READY


def test_unchanged_text_gets_the_words_that_it_lacks(
    organization: Customer, project: Project
) -> None:
    source = upload(organization, project, "rope.md", b"Rope lies there.")
    work(source)
    with tenant(organization.id):
        Vocabulary.objects.all().delete()
        Posting.objects.all().delete()
        enqueue(kind="source.ingest", target_id=source.pk, now=timezone.now(), wake=wake)
    work(source)
    assert found(organization, project, "rope") == 1


def test_unchanged_page_with_a_new_title_is_found_by_it(
    organization: Customer, project: Project, site: Site
) -> None:
    page = "<html><title>{}</title><body><main><p>{}</p></main></body></html>"
    text = "All of the rope lies in the shed beside the pier, behind the green door."
    site.pages["/"] = reply(page.format("Yarns", text).encode())
    source = add_page(organization, project, site.url)
    work(source)
    assert found(organization, project, "yarn") == 1
    site.pages["/"] = reply(page.format("Cordage", text).encode())
    with tenant(organization.id):
        enqueue(kind="source.ingest", target_id=source.pk, now=timezone.now(), wake=wake)
    work(source)
    assert (found(organization, project, "yarn"), found(organization, project, "cordage")) == (0, 1)
