"""`manage.py import_archive`: an archive of any size, brought in to an organization here."""

from argparse import ArgumentTypeError
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from askorac.jobs.models import Job, State
from askorac.jobs.tasks import run_job
from askorac.leaving.imports import MAKE_IMPORT, bring_in, import_rows
from askorac.leaving.models import Import
from askorac.sealing import SealFault
from askorac.tenancy.context import tenant
from knowledge.files import StorageAway
from projects.models import Organization
from projects.trail.recording import Actor

BLOCK_BYTES: Final = 1024 * 1024
COMMAND: Final = Actor(kind="system", id=None, label="manage.py import_archive")


class Command(BaseCommand):
    help = (
        "Bring an archive that an export has made into an organization, as new projects. It may be"
        " run while the installation works."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=_file)
        parser.add_argument("--organization", type=UUID, required=True, help="its id")

    def handle(self, *args: Any, **options: Any) -> None:
        organization_id: UUID = options["organization"]
        with tenant(organization_id):
            if not Organization.objects.exists():
                raise CommandError("There is no organization with this id.")
        try:
            made = self._receive(options["file"], organization_id)
        except (ValidationError, StorageAway, SealFault) as error:
            raise CommandError(" ".join(getattr(error, "messages", [str(error)]))) from None
        self._work(organization_id, made)

    def _receive(self, path: Path, organization_id: UUID) -> Import:
        with path.open("rb") as file:
            return bring_in(
                content=_blocks(file),
                size=path.stat().st_size,
                name=path.name,
                organization_id=organization_id,
                by=COMMAND,
                now=timezone.now(),
            )

    def _work(self, organization_id: UUID, made: Import) -> None:
        """Do the job here, unless a worker is quicker; say how it ended."""
        with tenant(organization_id):
            job = Job.objects.get(kind=MAKE_IMPORT, target_id=made.pk)
        run_job(str(organization_id), str(job.pk))
        with tenant(organization_id):
            row = import_rows([Import.objects.get(pk=made.pk)])[0]
        if row.state == State.FAILED:
            raise CommandError(row.reason)
        if row.state != State.READY:
            self.stdout.write(f"A worker goes on with it: {row.reason or row.doing}.")
            return
        for project_id in row.project_ids:
            self.stdout.write(f"Made project {project_id}.")
        for remark in row.remarks:
            self.stdout.write(remark)


def _file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise ArgumentTypeError(f"There is no file {text}.")
    return path


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: file.read(BLOCK_BYTES), b"")
