"""An archive brought in elsewhere: the same questions, the same answers, the same citations."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.utils import timezone

from askorac.jobs.models import Job
from askorac.jobs.tasks import run_job
from askorac.leaving.archive.vectors import head
from askorac.leaving.exports import MAKE_EXPORT
from askorac.leaving.imports import MAKE_IMPORT, TELL_IMPORT, ImportRow, bring_in, import_rows
from askorac.leaving.models import Import
from askorac.leaving.sweeping import sweep_archives
from askorac.tenancy.context import in_thread, tenant
from askorac.tenancy.limit_deeds import Limits, change_limits
from askorac.tenancy.router import ACCOUNTS
from askorac.testing.pages import new_staff
from askorac.testing.people import Customer
from conversations.answering import answer
from conversations.cited import cited_passage
from conversations.events import Citations, Token
from conversations.models import Message
from conversations.tests.documents import ask
from conversations.turns import close_pool, open_pool
from keys.clients import close_clients
from knowledge.ingestion import store
from knowledge.models import Chunk, Source
from knowledge.searching import search_project
from projects.models import AuditEvent, Organization, Project
from projects.settings import Settings

from .exporting import QUESTIONS, archive_of, files_of, make_export, rows_of, work
from .test_hostile import packed, signed


@pytest.fixture
async def pool() -> AsyncIterator[None]:
    await open_pool()
    yield
    await close_clients()
    await close_pool()


def import_into(customer: Customer, archive: bytes) -> ImportRow:
    """What became of an archive, in the end."""
    made = bring_in(
        content=[archive],
        size=len(archive),
        name="archive.zip",
        organization_id=customer.id,
        by=customer.actor,
        now=timezone.now(),
    )
    work(customer, MAKE_IMPORT)
    with tenant(customer.id):
        return import_rows([Import.objects.get(pk=made.pk)])[0]


async def said(project: Project) -> list[tuple[str, list[tuple[str, ...]]]]:
    """The answers to all questions, each with its citations, and what these lead to."""
    answers = []
    for question in QUESTIONS:
        async with aclosing(answer(await in_thread(ask, project, question))) as events:
            told = [event async for event in events]
        text = "".join(event.text for event in told if isinstance(event, Token))
        cited = [each for event in told if isinstance(event, Citations) for each in event.items]
        places = [await in_thread(cited_passage, each.path.split("/")[2]) for each in cited]
        answers.append(
            (
                text,
                [
                    (each.title, each.quote, str(place.passage_parts if place else None))
                    for each, place in zip(cited, places, strict=True)
                ],
            )
        )
    return answers


def project_of(customer: Customer, project_id: UUID) -> Project:
    with tenant(customer.id):
        return Project.objects.get(pk=project_id)


def ids_of(customer: Customer) -> set[UUID]:
    with tenant(customer.id):
        models: tuple[Any, ...] = (Project, Source, Chunk, Message)
        return {pk for model in models for pk in model.objects.values_list("id", flat=True)}


async def test_imported_project_answers_the_same_with_the_same_citations(
    pool: None, left: Customer, full: Project, archive: bytes, organization: Customer
) -> None:
    row = await in_thread(import_into, organization, archive)
    assert (row.state, row.percent, row.remarks) == ("ready", 100, ())
    made = await in_thread(project_of, organization, row.project_ids[0])
    before, after = await said(full), await said(made)
    assert after == before
    assert [len(citations) for _, citations in after] == [1, 1, 1]
    assert not await in_thread(ids_of, left) & await in_thread(ids_of, organization)


def test_all_that_was_decided_kept_and_said_is_there(
    left: Customer, full: Project, archive: bytes, organization: Customer
) -> None:
    row = import_into(organization, archive)
    made = project_of(organization, row.project_ids[0])
    with tenant(left.id):
        before = Settings.of(full), sorted(s.external_id.open() for s in Source.objects.all())
    with tenant(organization.id):
        after = Settings.of(made), sorted(s.external_id.open() for s in Source.objects.all())
        asked, answered = Message.objects.order_by("-speaker")
        told = [asked.text.open(), answered.text.open(), len(answered.citations.open())]
        actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert after == before
    assert (made.allowed_domains, made.public_key != full.public_key) == (["a.example"], True)
    assert told == [QUESTIONS[0], "Within thirty days [1].", 1]
    assert {"import.requested", "import.finished", "project.created"} <= actions
    work(organization, MAKE_EXPORT)
    again = files_of(archive_of(organization, make_export(organization)))
    once = files_of(archive)
    for kind, names in {
        "sources": ("kind", "name", "url", "external_id", "size_bytes", "created_at", "sha256"),
        "documents": ("title", "url", "page_count", "created_at"),
        "chunks": ("ordinal", "text", "page", "heading", "joint", "repeated_count"),
        "conversations": ("visitor_id", "channel", "page_url", "started_at", "question_count"),
        "turns": ("state", "code", "started_at"),
    }.items():
        shown = [
            sorted(str([each[name] for name in names]) for each in rows_of(files, kind))
            for files in (once, again)
        ]
        assert shown[0] == shown[1] != []
    vectors = [
        sorted(content[-768 * 3 :][at : at + 768] for at in range(0, 768 * 3, 768))
        for files in (once, again)
        for name, content in files.items()
        if name.endswith(".npy")
    ]
    assert vectors[0] == vectors[1]
    [remark] = import_into(organization, archive).remarks
    assert remark.startswith(f"“{made.name}” was brought in before, on ")


class Killed(BaseException):
    """As a process that is gone: nothing catches it."""


def test_import_goes_on_where_its_worker_was_killed(
    archive: bytes, organization: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, added = store.add, []

    def killed(*arguments: Any, **more: Any) -> None:
        add(*arguments, **more)
        added.append(1)
        if len(added) == 2:
            raise Killed

    monkeypatch.setattr(store, "add", killed)
    with contextlib.suppress(Killed):
        import_into(organization, archive)
    with tenant(organization.id):
        job = Job.objects.get(kind=MAKE_IMPORT)
        Job.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    run_job(str(organization.id), str(job.pk))
    with tenant(organization.id):
        assert Import.objects.get().finished_at is not None
        assert (Project.objects.count(), Source.objects.count()) == (1, 3)
        assert Chunk.objects.filter(is_live=True).count() == Chunk.objects.count() == 3
        assert Message.objects.count() == 2


def test_texts_are_embedded_anew_where_their_model_is_not_at_hand(
    archive: bytes, full: Project, organization: Customer
) -> None:
    files = files_of(archive)
    name = f"projects/{full.pk}/project.json"
    told = json.loads(files[name])
    vectors = next(each for each in files if each.endswith(".npy"))
    foreign = {
        **files,
        name: json.dumps(
            {**told, "embedding_space": "openai/text-embedding-3-small/1536"}
        ).encode(),
        vectors: head(3, 1536) + bytes(2 * 3 * 1536),
    }
    row = import_into(organization, packed(signed(foreign)))
    assert (row.state, len(row.remarks)) == ("ready", 1)
    assert "were embedded anew by local/" in row.remarks[0]
    made = project_of(organization, row.project_ids[0])
    assert made.embedding_space == full.embedding_space
    found = search_project(project=made, question=QUESTIONS[1], limit=1).found[0]
    assert "nine in the morning" in found.text


def test_projects_of_an_import_that_was_given_up_are_swept(
    archive: bytes, organization: Customer
) -> None:
    row = import_into(organization, archive)
    with tenant(organization.id):
        Import.objects.filter(pk=row.id).update(finished_at=None)
        Job.objects.filter(kind=MAKE_IMPORT).update(state="failed", reason="Killed five times.")
    sweep_archives(organization.id, timezone.now())
    with tenant(organization.id):
        assert not Project.objects.exists()
        assert Import.objects.get().project_ids == []


def test_who_brought_it_in_is_told_how_it_ended(
    archive: bytes, organization: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "django.conf.settings.EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend"
    )
    with tenant(organization.id, using=ACCOUNTS):
        Organization.objects.using(ACCOUNTS).update(name="Fish & Chips")
    for content in (archive, b"no archive at all"):
        mail.outbox = []
        import_into(organization, content)
        work(organization, TELL_IMPORT)
        [letter] = mail.outbox
        assert letter.to == [organization.owner.email]
        assert "to “Fish & Chips”" in letter.subject
        is_in = content == archive
        assert ("1 project made" in letter.body) is is_in
        assert ("Nothing of it was kept" in letter.body) is not is_in


def test_import_stays_within_the_limits_of_the_organization(
    archive: bytes, organization: Customer
) -> None:
    by, limits = new_staff().pk, Limits(sources=2)
    change_limits(organization_id=organization.id, limits=limits, by=by, reason="On trial")
    row = import_into(organization, archive)
    assert (row.state, "at most 2" in row.reason) == ("failed", True)
    with tenant(organization.id):
        assert not Project.objects.exists()
