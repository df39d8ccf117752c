"""From an upload to live chunks: what is kept, resumed, paid for once, and told when it fails."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.core.exceptions import ValidationError
from django.utils import timezone

from askorac.jobs.leases import LEASE
from askorac.jobs.models import Job, State
from askorac.jobs.tasks import run_job
from askorac.tenancy.context import tenant
from askorac.testing.openai_server import OpenAIServer
from askorac.testing.openai_wire import Behaviour, Fault
from askorac.testing.people import Customer, new_project
from knowledge import sources
from knowledge.ingestion.embed import Embedder
from knowledge.models import Chunk, Document, Source
from knowledge.tests.conftest import KEY, QUICK
from knowledge.tests.ingesting import chunks, embedded, long_text, lying_at, row, upload, work
from projects.models import AuditEvent, Project


def test_file_becomes_ready(organization: Customer, project: Project) -> None:
    source = upload(organization, project, "depots.md", b"# Depots\n\n" + long_text(30))
    before = row(source)
    assert (before.state, before.percent, before.chunk_count) == (State.QUEUED, 0, 0)
    after = work(source)
    assert (after.state, after.reason, after.percent) == (State.READY, "", 100)
    found = chunks(organization)
    assert found == [(number, True) for number in range(after.chunk_count)]
    assert (after.done, after.total) == (after.chunk_count, after.chunk_count)
    with tenant(organization.id):
        assert Document.objects.get().source_id == source.pk
        assert Project.objects.get().embedding_space == "local/all-minilm-l6-v2-int8/384"


def test_pasted_text_becomes_ready(organization: Customer, project: Project) -> None:
    with tenant(organization.id):
        source = sources.add_text(
            project=project,
            title="Opening hours.pdf",
            text="We open at nine.\0",
            by=organization.actor,
            now=timezone.now(),
        )
    assert work(source).state == State.READY
    with tenant(organization.id):
        assert Document.objects.get().title.open() == "Opening hours.pdf"
        assert Chunk.objects.get().text.open() == "We open at nine."


def test_same_bytes_again_cost_no_embedding(
    organization: Customer, project: Project, provider: OpenAIServer
) -> None:
    first = work(upload(organization, project, "a.md", long_text(40)))
    paid = len(embedded(provider))
    assert (first.state, paid) == (State.READY, first.chunk_count)
    again = work(upload(organization, project, "copy.md", long_text(40)))
    other = work(upload(organization, new_project(organization), "a.md", long_text(40)))
    assert [again.state, other.state] == [State.READY, State.READY]
    assert len(embedded(provider)) == paid


def test_provider_breaking_off_midway(
    organization: Customer, project: Project, provider: OpenAIServer
) -> None:
    """What was stored stays, is not live, and is not paid for again."""
    source = upload(organization, project, "a.md", long_text(300))
    provider.upcoming.extend([QUICK, *[Behaviour(fault=Fault.BROKEN)] * 10])
    stopped = work(source)
    assert stopped.state == State.QUEUED
    assert 0 < stopped.done < stopped.total
    assert len(chunks(organization)) == stopped.done
    assert not any(live for _, live in chunks(organization))
    provider.upcoming.clear()
    done = work(source)
    assert (done.state, done.chunk_count) == (State.READY, stopped.total)
    assert len(embedded(provider)) == len(set(embedded(provider))) == done.chunk_count


def test_worker_losing_its_lease_writes_nothing_more(
    organization: Customer, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers on one source, because the first was thought dead: every chunk is there once."""
    source = upload(organization, project, "a.md", long_text(20))
    genuine, interfered = Embedder.embed_pieces, []

    def embed_while_another_takes_over(*args: object, **kwargs: object) -> object:
        if not interfered:
            interfered.append(True)
            with tenant(organization.id):
                expired = timezone.now() - LEASE - timedelta(seconds=1)
                Job.objects.filter(target_id=source.pk).update(lease_expires_at=expired)
            assert work(source).state == State.READY
        return genuine(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Embedder, "embed_pieces", embed_while_another_takes_over)
    done = work(source)
    assert done.state == State.READY
    assert chunks(organization) == [(number, True) for number in range(done.chunk_count)]


@pytest.mark.parametrize(
    ("fault", "state", "sentence"),
    [
        (Fault.REJECTED, State.FAILED, "did not accept the key"),
        (Fault.UNKNOWN_MODEL, State.FAILED, "refused"),
        (Fault.LIMITED, State.QUEUED, "no more requests"),
    ],
)
def test_provider_refusing(
    organization: Customer,
    project: Project,
    provider: OpenAIServer,
    fault: Fault,
    state: str,
    sentence: str,
) -> None:
    provider.behaviour = Behaviour(fault=fault)
    after = work(upload(organization, project, "a.md", b"Some text."))
    assert after.state == state
    assert sentence in after.reason
    assert KEY not in after.reason


def test_unreadable_file_beside_a_readable_one(organization: Customer, project: Project) -> None:
    bad = upload(organization, project, "scan.pdf", b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    good = upload(organization, project, "good.txt", b"We open at nine.")
    failed, ready = work(bad), work(good)
    assert (failed.state, ready.state) == (State.FAILED, State.READY)
    assert failed.reason.endswith(".")
    with tenant(organization.id):
        sources.retry(source=bad, by=organization.actor, now=timezone.now())
    assert row(bad).state == State.QUEUED
    assert work(bad).state == State.FAILED


def test_source_removed(organization: Customer, project: Project) -> None:
    source = upload(organization, project, "a.md", long_text(10))
    work(source)
    path = lying_at(source)
    file_id: UUID = source.file_id
    assert path.stat().st_mode & 0o777 == 0o600
    with tenant(organization.id):
        sources.remove(source=source, by=organization.actor, now=timezone.now())
        job = Job.objects.get(target_id=file_id)
    assert chunks(organization) == []
    run_job(str(organization.id), str(job.pk))
    assert not path.exists()
    with tenant(organization.id):
        actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"source.added", "source.removed"} <= actions


def test_source_removed_while_it_is_read(
    organization: Customer, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = upload(organization, project, "a.md", long_text(10))
    with tenant(organization.id):
        job = Job.objects.get(target_id=source.pk)
    from knowledge.ingestion import pipeline

    genuine = pipeline.split

    def split_after_removal(*args: object) -> object:
        with tenant(organization.id):
            sources.remove(source=source, by=organization.actor, now=timezone.now())
        return genuine(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "split", split_after_removal)
    run_job(str(organization.id), str(job.pk))
    assert chunks(organization) == []


def test_project_deleted_with_its_files(organization: Customer, project: Project) -> None:
    from projects.lifecycle import delete_project

    source = upload(organization, project, "a.md", b"Some text.")
    folder = lying_at(source).parent
    project_id: UUID = project.pk
    with tenant(organization.id):
        delete_project(project=project, by=organization.actor, now=timezone.now())
        job = Job.objects.get(target_id=project_id)
    run_job(str(organization.id), str(job.pk))
    assert not folder.exists()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("empty.txt", b"", "is empty"),
        ("\x01", b"text", "has no name"),
        ("big.txt", b"x" * 2001, "is larger than"),
    ],
)
def test_upload_refused(
    organization: Customer,
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    content: bytes,
    sentence: str,
) -> None:
    from django.conf import settings

    assert isinstance(settings, LazySettings)
    monkeypatch.setattr(settings, "UPLOAD_MAX_BYTES", 2000)
    with pytest.raises(ValidationError, match=sentence):
        upload(organization, project, name, content)
    with tenant(organization.id):
        assert Source.objects.count() == 0


def test_file_name_with_a_path(organization: Customer, project: Project) -> None:
    source = upload(organization, project, "C:/secret/" + "n" * 300 + ".txt", b"text")
    name = source.name.open()
    assert (len(name), name[-5:], name[0]) == (255, "n.txt", "n")
