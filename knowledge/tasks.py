"""Which jobs this app does."""

from collections.abc import Iterator
from contextlib import contextmanager

from askorac.jobs.leases import Failed, Later, Lease
from askorac.jobs.registry import register
from askorac.tenancy.context import tenant
from keys.choosing import RESPACE_PROJECT
from keys.clients import ProviderFault, ProviderUnavailable, RateLimited
from projects.lifecycle import CLEAN_PROJECT
from projects.models import Project

from . import files, resealing
from .files import Kept
from .ingestion.fetch import NotFetched
from .ingestion.pipeline import ingest
from .ingestion.texts import Unreadable
from .keeping import REMOVE_FILE
from .models import Source
from .respacing import respace
from .rewording import INDEX_WORDS, index_words
from .vectors.choosing import RESTORE_VECTORS
from .vectors.restoring import restore_vectors

INGEST_SOURCE = "source.ingest"

_PROVIDER_PAUSE_SECONDS = 20.0


def register_jobs() -> None:
    """Name the function for each kind of job of this app."""
    register(INGEST_SOURCE, ingest_source)
    register(INDEX_WORDS, index_words)
    register(RESPACE_PROJECT, respace_project)
    register(RESTORE_VECTORS, restore_vectors)
    register(REMOVE_FILE, remove_file)
    register(resealing.SEAL_FILES, resealing.seal_files)
    register(CLEAN_PROJECT, clean_project)


def ingest_source(lease: Lease) -> None:
    """Make a source's text findable. What its owner must mend is told; what passes is retried."""
    try:
        with _told():
            ingest(lease)
    except Unreadable as error:
        raise Failed(error.sentence) from None
    except NotFetched as error:
        if error.pause is None:
            raise Failed(error.sentence) from None
        raise Later(error.sentence, seconds=error.pause) from None


def respace_project(lease: Lease) -> None:
    """Move a project to the embedding model that its people have chosen."""
    with _told():
        respace(lease)


@contextmanager
def _told() -> Iterator[None]:
    """What a provider's account must be mended for is told; what passes is tried again."""
    try:
        yield
    except RateLimited as error:
        pause = error.retry_after or _PROVIDER_PAUSE_SECONDS
        raise Later(error.sentence, seconds=pause) from None
    except ProviderUnavailable as error:
        raise Later(error.sentence, seconds=_PROVIDER_PAUSE_SECONDS) from None
    except ProviderFault as error:
        raise Failed(error.sentence) from None


def remove_file(lease: Lease) -> None:
    """Delete a file whose source was removed, or was given another, or never came to be."""
    with tenant(lease.organization_id):
        named = Source.objects.filter(file_id=lease.target_id, file_purged_at=None)
        if named.exists():
            return
        projects = list(Project.objects.values_list("id", flat=True))
    for project_id in projects:
        files.remove(Kept(lease.organization_id, project_id, lease.target_id))


def clean_project(lease: Lease) -> None:
    """Delete the files of a project that was deleted. Its index is the indexer's to drop."""
    files.remove_project(lease.organization_id, lease.target_id)
