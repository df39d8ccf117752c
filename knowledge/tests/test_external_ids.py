"""A caller's own ids: the same id again replaces what was there, whatever it was."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError
from django.db import connections
from django.utils import timezone

from askorac.jobs.models import Job, State
from askorac.jobs.tasks import run_job
from askorac.tenancy.context import tenant
from askorac.testing.people import Customer, new_project
from askorac.testing.web import Site, reply
from knowledge import files, sources
from knowledge.ingestion.embed import Embedder
from knowledge.keeping import REMOVE_FILE
from knowledge.models import Chunk, Document, Source
from knowledge.tasks import INGEST_SOURCE
from knowledge.tests.ingesting import (
    add_page,
    long_text,
    lying_at,
    stored,
    texts,
    upload,
    work,
)
from projects.models import AuditEvent, Project


def removals(customer: Customer) -> list[Job]:
    with tenant(customer.id):
        return list(Job.objects.filter(kind=REMOVE_FILE))


def test_same_id_again_replaces(organization: Customer, project: Project) -> None:
    source = upload(organization, project, "a.md", b"We open at nine.", "hours")
    work(source)
    earlier = lying_at(source)
    again = upload(organization, project, "b.md", b"We open at ten.", "hours")
    assert again.pk == source.pk
    assert texts(organization) == ["We open at nine."]
    after = work(again)
    assert (after.name, after.external_id, after.size_bytes) == ("b.md", "hours", 15)
    assert texts(organization) == ["We open at ten."]
    assert (earlier.exists(), stored(again)) == (True, b"We open at ten.")
    (removal,) = removals(organization)
    run_job(str(organization.id), str(removal.pk))
    assert (earlier.exists(), lying_at(again).exists()) == (False, True)
    with tenant(organization.id):
        assert Document.objects.count() == 1
        events = AuditEvent.objects.filter(target_kind="source").order_by("at")
        assert [event.action for event in events] == ["source.added", "source.replaced"]


def test_same_content_again_changes_nothing(organization: Customer, project: Project) -> None:
    source = upload(organization, project, "a.md", b"We open at nine.", "hours")
    work(source)
    with tenant(organization.id):
        before = list(Chunk.objects.values_list("id", "document_id"))
    assert (
        work(upload(organization, project, "a.md", b"We open at nine.", "hours")).state == "ready"
    )
    with tenant(organization.id):
        assert list(Chunk.objects.values_list("id", "document_id")) == before


def test_id_of_another_kind_or_project(
    organization: Customer, project: Project, site: Site
) -> None:
    site.pages["/"] = reply(b"<p>We open at noon.</p>")
    source = upload(organization, project, "a.md", b"We open at nine.", "hours")
    work(source)
    earlier = lying_at(source)
    paged = add_page(organization, project, site.url, "hours")
    done = work(paged)
    assert (paged.pk, done.kind, done.url) == (source.pk, "page", f"{site.url}/")
    assert texts(organization) == ["We open at noon."]
    run_job(str(organization.id), str(removals(organization)[0].pk))
    assert earlier.exists() is False
    back = upload(organization, project, "a.md", b"We open at nine.", "hours")
    done = work(back)
    assert (back.pk, done.kind, done.url, done.fetched_at) == (source.pk, "file", "", None)
    with tenant(organization.id):
        assert Document.objects.get().url.open() == ""
    other = upload(organization, new_project(organization), "a.md", b"We open at nine.", "hours")
    assert other.pk != source.pk


def test_replaced_while_it_is_read(
    organization: Customer, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker that reads the old content writes nothing more; the new one is read."""
    source = upload(organization, project, "a.md", long_text(20), "depots")
    genuine, interfered = Embedder.embed_pieces, []

    def embed_after_replacing(*args: object, **kwargs: object) -> object:
        if not interfered:
            interfered.append(True)
            upload(organization, project, "b.md", b"All depots are closed.", "depots")
        return genuine(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Embedder, "embed_pieces", embed_after_replacing)
    stopped = work(source)
    assert (stopped.state, texts(organization)) == (State.QUEUED, [])
    assert work(source).state == State.READY
    assert texts(organization) == ["All depots are closed."]


def test_two_at_once_with_one_id(organization: Customer, project: Project) -> None:
    def add(number: int) -> object:
        try:
            return upload(organization, project, f"{number}.md", b"Text.", "same").pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        added = set(pool.map(add, range(8)))
    with tenant(organization.id):
        source = Source.objects.get()
        assert Job.objects.filter(kind=INGEST_SOURCE).count() == 1
    assert added == {source.pk}
    assert stored(source) == b"Text."
    for removal in removals(organization):
        run_job(str(organization.id), str(removal.pk))
    assert list(lying_at(source).parent.iterdir()) == [lying_at(source)]


@pytest.mark.parametrize("external_id", ["x" * 201, "a\0b", "a\nb"])
def test_id_refused(organization: Customer, project: Project, external_id: str) -> None:
    with pytest.raises(ValidationError, match="external id"):
        upload(organization, project, "a.md", b"Text.", external_id)
    assert removals(organization) == []


def test_upload_that_gets_no_row(
    organization: Customer, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What broke is cleaned up at once; what died is cleaned up by the job that was planned."""

    def break_off(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(sources, "_add", break_off)
        with pytest.raises(KeyboardInterrupt):
            upload(organization, project, "a.md", b"Text.")
    (planned,) = removals(organization)
    assert planned.due_at > timezone.now()
    place = files.Kept(organization.id, project.pk, planned.target_id)
    with pytest.raises(FileNotFoundError):
        files.stream(place)
    kept = files.write(
        [b"Text."],
        organization_id=place.organization_id,
        project_id=place.project_id,
        file_id=place.file_id,
    )
    run_job(str(organization.id), str(planned.pk))
    with pytest.raises(FileNotFoundError):
        files.stream(kept)


def test_upload_that_took_too_long(
    organization: Customer, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = files.write

    def write_slowly(parts: Iterable[bytes], **place: UUID) -> files.Kept:
        kept = genuine(parts, **place)
        (planned,) = removals(organization)
        run_job(str(organization.id), str(planned.pk))
        return kept

    monkeypatch.setattr(files, "write", write_slowly)
    with pytest.raises(ValidationError, match="longer than an hour"):
        upload(organization, project, "a.md", b"Text.")
    with tenant(organization.id):
        assert Source.objects.count() == 0
