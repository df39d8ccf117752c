"""What sealing costs: opening ten passages, ingesting a long file, and asking by blind words."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch
from uuid import UUID, uuid4

from bench import provider
from bench.figures import OPENING, SEALING, Detail, Figure, Measured
from bench.ingestion import PAGES, ROUNDS, SLOW, pages_of
from bench.provider import Pace
from bench.retrieval import WORDS as CHUNK

if TYPE_CHECKING:
    from askorac.sealing.keyring import Keyring
    from askorac.testing.people import Customer

PASSAGES: Final = 10
OPENINGS: Final = 300


@dataclass(slots=True)
class Clock:
    """How long some functions took together, whichever threads they ran in, in seconds."""

    seconds: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, on this clock by the processor time of its thread."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                took = time.thread_time() - began
                with self._lock:
                    self.seconds += took

        return timed


def measure(provider_url: str, *, pages: int = PAGES, rounds: int = ROUNDS) -> Measured:
    """The figures of sealing. Ingestion is done in this process, so that it can be timed."""
    from askorac.testing.people import new_customer

    customer = new_customer("Sealing")
    opening = _opening(customer)
    provider.behave(provider_url, SLOW)
    _ingested(customer, pages_of(2, seed=1))
    runs = [_ingested(customer, pages_of(pages, seed=30 + number)) for number in range(rounds)]
    provider.behave(provider_url, Pace())
    share = statistics.median(own / whole for own, whole in runs)
    own, whole = (statistics.median(each[number] for each in runs) for number in range(2))
    return Measured(
        (Figure(SEALING, share), Figure(OPENING, 1e3 * opening)),
        (
            Detail("sealing: ingestion, all of it", whole, "s"),
            Detail("sealing: ingestion, its part", 1e3 * own, "ms"),
        ),
    )


def _opening(customer: Customer) -> float:
    """The median time to open the passages of one retrieval, the key being at hand, in seconds."""
    from askorac.sealing import keyrings
    from knowledge.passages import opened

    ring = keyrings.of(customer.id)
    candidates = [_candidate(ring, number) for number in range(5 * PASSAGES)]
    times = []
    for _ in range(OPENINGS):
        began = time.perf_counter()
        found = opened(candidates, ring=ring, limit=PASSAGES)
        times.append(time.perf_counter() - began)
        assert len(found) == PASSAGES
    return statistics.median(times)


def _candidate(ring: Keyring, number: int) -> Any:
    from askorac.sealing.fields import purpose_of
    from knowledge.models import Chunk, Document
    from knowledge.passages import Candidate

    chunk_id, document_id = uuid4(), uuid4()

    def sealed(model: Any, name: str, row_id: UUID, text: str) -> bytes:
        return ring.seal(text.encode(), purpose=purpose_of(model, name), row_id=row_id)

    return Candidate(
        chunk_id=chunk_id,
        document_id=document_id,
        title=sealed(Document, "title", document_id, "The handbook of the shop"),
        text=sealed(Chunk, "text", chunk_id, f"{number}. {2 * CHUNK}"),
        page=1,
        heading=sealed(Chunk, "heading", chunk_id, "Hours › Holidays"),
        score=0.5,
        url=sealed(Document, "url", document_id, "https://shop.example/handbook#hours"),
        ordinal=number,
        text_digest=number.to_bytes(16),
    )


def _ingested(customer: Customer, data: bytes) -> tuple[float, float]:
    """How long sealing took of one ingestion, and all of it, in seconds."""
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.utils import timezone

    from askorac.jobs.models import Job, State
    from askorac.jobs.tasks import run_job
    from askorac.tenancy.context import tenant
    from askorac.testing.people import new_project
    from knowledge import sources

    project, clock = new_project(customer, "Library"), Clock()
    began = time.perf_counter()
    with _on(clock):
        with patch.object(sources, "wake"):  # or a worker would take it
            source = sources.add_file(
                project=project,
                upload=SimpleUploadedFile(f"{uuid4().hex}.pdf", data),
                by=customer.actor,
                now=timezone.now(),
            )
        with tenant(customer.id):
            job = Job.objects.get(target_id=source.pk)
        run_job(str(customer.id), str(job.pk))
    whole = time.perf_counter() - began
    with tenant(customer.id):
        assert Job.objects.get(pk=job.pk).state == State.READY
    return clock.seconds, whole


@contextmanager
def _on(clock: Clock) -> Iterator[None]:
    """Time all that a keyring does, and the ciphers of files."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from askorac.sealing import files
    from askorac.sealing.keyring import Keyring

    class TimedCipher:
        def __init__(self, key: bytes) -> None:
            cipher = AESGCM(key)
            self.encrypt, self.decrypt = clock.timed(cipher.encrypt), clock.timed(cipher.decrypt)

    with ExitStack() as stack:
        for name in ("seal", "open", "digest", "blind"):
            timed = clock.timed(getattr(Keyring, name))
            stack.enter_context(patch.object(Keyring, name, timed))
        stack.enter_context(patch.object(files, "AESGCM", TimedCipher))
        yield
