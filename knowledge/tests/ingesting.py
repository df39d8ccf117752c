"""What the tests of ingestion do again and again: add something, work on it, look at it."""

from pathlib import Path

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from askorac.jobs.models import Job
from askorac.jobs.tasks import run_job
from askorac.tenancy.context import tenant
from askorac.testing.openai_server import OpenAIServer
from askorac.testing.people import Customer
from knowledge import files, sources
from knowledge.files import Kept
from knowledge.models import Chunk, Source
from knowledge.source_rows import SourceRow, source_row
from knowledge.tasks import INGEST_SOURCE
from projects.models import Project


def upload(
    customer: Customer, project: Project, name: str, content: bytes, external_id: str = ""
) -> Source:
    return sources.add_file(
        project=project,
        upload=SimpleUploadedFile(name, content),
        by=customer.actor,
        now=timezone.now(),
        external_id=external_id,
    )


def add_page(customer: Customer, project: Project, url: str, external_id: str = "") -> Source:
    return sources.add_page(
        project=project,
        url=url,
        by=customer.actor,
        now=timezone.now(),
        external_id=external_id,
    )


def lying_at(source: Source) -> Path:
    return Path(default_storage.path(Kept.of(source).name))


def stored(source: Source) -> bytes:
    """The source's file in clear."""
    with files.stream(Kept.of(source)) as file:
        return file.read()


def job_of(source: Source) -> Job:
    with tenant(source.organization_id):
        return Job.objects.get(kind=INGEST_SOURCE, target_id=source.pk)


def work(source: Source) -> SourceRow:
    """Do the source's job here and now, and say how it ended."""
    run_job(str(source.organization_id), str(job_of(source).pk))
    return row(source)


def row(source: Source) -> SourceRow:
    with tenant(source.organization_id):
        return source_row(Source.objects.get(pk=source.pk))


def chunks(customer: Customer) -> list[tuple[int, bool]]:
    """(ordinal, is live) of all chunks."""
    with tenant(customer.id):
        return list(
            Chunk.objects.order_by("document_id", "ordinal").values_list("ordinal", "is_live")
        )


def texts(customer: Customer) -> list[str]:
    """The texts that answers are taken from."""
    with tenant(customer.id):
        live = Chunk.objects.filter(is_live=True).order_by("document__source_id", "ordinal")
        return [chunk.text.open() for chunk in live]


def long_text(paragraphs: int) -> bytes:
    words = "The depot of harbour {n} keeps rope number {n} in shed {n} beside the northern pier. "
    return "\n\n".join((words * 8).format(n=number) for number in range(paragraphs)).encode()


def embedded(provider: OpenAIServer) -> list[str]:
    """All texts that the provider was paid for."""
    requests = [r for r in provider.requests if r.path.endswith("/embeddings")]
    return [text for r in requests if r.status == 200 for text in r.body["input"]]
