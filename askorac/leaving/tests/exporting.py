"""What tests of archives begin with: a project with everything, and an archive of it."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any
from uuid import UUID, uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from askorac.jobs.models import Job
from askorac.jobs.tasks import run_job
from askorac.leaving import exporting, parts
from askorac.leaving.exports import MAKE_EXPORT, ask_for_export
from askorac.leaving.models import Export
from askorac.tenancy.context import tenant
from askorac.testing.people import Customer
from knowledge.sources import add_file, add_text
from projects.models import Project

TEXTS = {
    "Parcels": "Parcels may be returned within thirty days. The harbour office takes them back.",
    "Opening hours": "The museum opens at nine in the morning and closes at five on weekdays.",
}

QUESTIONS = (
    "Until when may parcels be returned?",
    "When does the museum open?",
    "When is high tide?",
)


def work(customer: Customer, *kinds: str, most: int = 100) -> None:
    """Do all jobs of these kinds, again while they want more."""
    for _ in range(most):
        with tenant(customer.id):
            open_ones = Job.objects.filter(kind__in=kinds, state__in=["queued", "processing"])
            ids = list(open_ones.values_list("id", flat=True))
        if not ids:
            return
        for job_id in ids:
            run_job(str(customer.id), str(job_id))


def fill_project(customer: Customer, project: Project) -> None:
    """Sources of each kind that has a file, read by the local model."""
    now = timezone.now()
    for title, text in TEXTS.items():
        add_text(
            project=project,
            title=title,
            text=text,
            by=customer.actor,
            now=now,
            external_id=f"id of {title}",
        )
    upload = SimpleUploadedFile("Tides Ärger.md", b"# Tides\n\nHigh tide is at noon on Mondays.")
    add_file(project=project, upload=upload, by=customer.actor, now=now)
    work(customer, "source.ingest")


def make_export(customer: Customer) -> Export:
    """An export, made."""
    with tenant(customer.id):
        export = ask_for_export(by=customer.actor, now=timezone.now(), write_id=uuid4())
    work(customer, MAKE_EXPORT)
    return read(customer, export.pk)


def read(customer: Customer, export_id: UUID) -> Export:
    with tenant(customer.id):
        return Export.objects.get(pk=export_id)


def archive_of(customer: Customer, export: Export) -> bytes:
    """The whole archive, from its parts."""
    with tenant(customer.id):
        rows = exporting.parts_of(export)
        opened = [(row.pk, row.key.open(), row.size_bytes) for row in rows]
    pieces = []
    for part_id, key, size in opened:
        name = parts.name_of(customer.id, export.pk, part_id)
        with parts.read(name, key=key, size=size) as file:
            pieces.append(file.read())
    return b"".join(pieces)


def files_of(archive: bytes) -> dict[str, bytes]:
    """Name → content, with the format's own sums looked at."""
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


def rows_of(files: dict[str, bytes], kind: str) -> list[dict[str, Any]]:
    """All lines of the files of a kind."""
    return [
        json.loads(line)
        for name in sorted(files)
        if name.rpartition("/")[2].startswith(f"{kind}-") and name.endswith(".jsonl")
        for line in files[name].splitlines()
    ]
