"""Files and their rows: a file is written before the row that names it, and goes after it."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError

from askorac.jobs.leases import call_off, enqueue, plan
from askorac.jobs.tasks import wake
from askorac.tenancy.context import tenant

from . import files
from .files import Kept

REMOVE_FILE: Final = "source.remove_file"

# A file that has no row by then belongs to an upload that broke off, and is removed.
_LONGEST_UPLOAD: Final = timedelta(hours=1)


@contextmanager
def kept(
    parts: Iterable[bytes], *, organization_id: UUID, project_id: UUID, now: datetime
) -> Iterator[Kept]:
    """Write a file before its row is committed, so that no job misses it.

    If the row does not come to be, the file is removed: here, or by the job planned for the case
    that this process dies or the storage is away. Raises files.StorageAway and what sealing raises.
    """
    file_id = uuid4()
    with tenant(organization_id):
        plan(kind=REMOVE_FILE, target_id=file_id, now=now, due_at=now + _LONGEST_UPLOAD)
    with ExitStack() as undo:
        file = files.write(
            parts, organization_id=organization_id, project_id=project_id, file_id=file_id
        )
        undo.callback(files.remove, file)
        yield file
        undo.pop_all()


def take(file: Kept) -> None:
    """Call off the removal of a new file, in the transaction that makes its row.

    Raises ValidationError if it has begun.
    """
    if not call_off(kind=REMOVE_FILE, target_id=file.file_id):
        raise ValidationError("The upload took longer than an hour. Upload the file again.")


def discard(file_id: UUID, *, now: datetime) -> None:
    """Have a file removed that no row names after this transaction."""
    enqueue(kind=REMOVE_FILE, target_id=file_id, now=now, wake=wake)
