"""Two hundred pages of PDF, by way of the product's worker and by a straight script."""

from __future__ import annotations

import random
import statistics
import time
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import psycopg

from bench import provider
from bench.figures import INGESTION, Detail, Figure, Measured
from bench.product import Product
from bench.provider import Pace

if TYPE_CHECKING:
    from askorac.testing.people import Customer
    from projects.models import Project

PAGES: Final = 200
ROUNDS: Final = 3
SLOW: Final = Pace(embedding_seconds=0.05)
LINES_A_PAGE: Final = 44
WORDS: Final = (
    "lamp",
    "harbour",
    "winter",
    "stone",
    "garden",
    "letter",
    "bridge",
    "morning",
    "copper",
    "window",
    "river",
    "table",
    "thunder",
    "paper",
    "orchard",
    "silver",
    "engine",
    "meadow",
    "candle",
    "market",
    "forest",
    "island",
    "button",
    "mirror",
    "ladder",
)


def measure(
    product: Product, customer: Customer, *, pages: int = PAGES, rounds: int = ROUNDS
) -> Measured:
    """The median of some ingestions, against that of as many runs of the script, in turn."""
    from askorac.testing.people import new_project

    project = new_project(customer, "Library")
    provider.behave(product.provider_url, SLOW)
    _through_product(customer, project, pages_of(2, seed=1))
    _straight(product.superuser_url(), pages_of(2, seed=2))
    mine, least = [], []
    for number in range(rounds):
        mine.append(_through_product(customer, project, pages_of(pages, seed=10 + number)))
        least.append(_straight(product.superuser_url(), pages_of(pages, seed=20 + number)))
    provider.behave(product.provider_url, Pace())
    ours, script = statistics.median(mine), statistics.median(least)
    return Measured(
        (Figure(INGESTION, ours / script),),
        (
            Detail("ingestion: AskOrac", ours, "s"),
            Detail("ingestion: straight script", script, "s"),
        ),
    )


def pages_of(pages: int, *, seed: int) -> bytes:
    """A PDF of so many full pages; another one for each seed."""
    from askorac.testing.pdf import pdf_of

    chance = random.Random(seed)
    return pdf_of(*("\n".join(_line(chance) for _ in range(LINES_A_PAGE)) for _ in range(pages)))


def _line(chance: random.Random) -> str:
    words = [chance.choice(WORDS) for _ in range(11)]
    return " ".join(words).capitalize() + chance.choice((".", "", ""))


def _through_product(customer: Customer, project: Project, data: bytes) -> float:
    """From the upload to the moment at which it is ready, in seconds."""
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.utils import timezone

    from askorac.jobs.models import Job
    from askorac.tenancy.context import tenant
    from bench.house import wait_until_ingested
    from knowledge import sources

    upload = SimpleUploadedFile(f"{uuid4().hex}.pdf", data)
    began = timezone.now()
    with tenant(customer.id):
        source = sources.add_file(
            project=project, upload=upload, by=customer.actor, now=timezone.now()
        )
    wait_until_ingested(customer.id, source.pk)
    with tenant(customer.id):
        ended = Job.objects.get(target_id=source.pk).finished_at
    assert ended
    return (ended - began).total_seconds()


def _straight(superuser_url: str, data: bytes) -> float:
    """The same steps one after the other, with nothing around them, in seconds."""
    from keys.clients import default_space, our_embedding_model
    from knowledge.ingestion.embed import Embedder
    from knowledge.ingestion.extractors import extract
    from knowledge.ingestion.split import split

    with psycopg.connect(superuser_url, autocommit=True) as session:
        _make_table(session)
        began = time.monotonic()
        pieces = split(extract(data, suffix=".pdf").sections)
        with Embedder(lambda: our_embedding_model(default_space())) as embedder:
            for start in range(0, len(pieces), embedder.batch_size):
                batch = pieces[start : start + embedder.batch_size]
                _store(session, batch, embedder.embed_pieces(batch, known={}))
        return time.monotonic() - began


def _make_table(session: psycopg.Connection[Any]) -> None:
    from pgvector.psycopg import register_vector

    register_vector(session)
    session.execute("CREATE TEMPORARY TABLE bench_chunk (id uuid, text text, embedding halfvec)")


def _store(session: psycopg.Connection[Any], pieces: Any, vectors: Any) -> None:
    from pgvector import HalfVector

    statement = "COPY bench_chunk (id, text, embedding) FROM STDIN (FORMAT BINARY)"
    with session.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(["uuid", "text", "halfvec"])
        for piece, vector in zip(pieces, vectors, strict=True):
            copy.write_row([uuid4(), piece.text, HalfVector(vector)])
