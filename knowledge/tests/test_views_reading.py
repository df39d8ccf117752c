"""The text of a source and its chunks, a stretch at a time, and the ways that lead to a place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from askorac.jobs.models import Job, State
from askorac.tenancy.context import tenant
from askorac.testing.pages import answers, browser
from askorac.testing.people import Customer
from knowledge.ingestion.split import split
from knowledge.ingestion.texts import Section
from knowledge.models import Chunk, Document, Source
from knowledge.reading import read_chunks, read_text
from knowledge.sources import add_text
from projects.models import Project

SENTENCES = [f"Sentence {number} says that the harbour is open to all." for number in range(900)]
PAGES = 3


@dataclass(frozen=True)
class Book:
    """A source with a document of three pages, in more chunks than are read at once."""

    project: Project
    source: Source
    document_id: UUID
    chunk_ids: list[UUID]
    pages: list[str]

    def at(self, view: str) -> str:
        return reverse(f"knowledge:{view}", args=[self.project.pk, self.source.pk])


@pytest.fixture
def unread(organization: Customer, project: Project) -> Source:
    with tenant(organization.id):
        return add_text(
            project=project,
            title="Harbour <rules>",
            text="To be read.",
            by=organization.actor,
            now=timezone.now(),
        )


@pytest.fixture
def book(organization: Customer, project: Project, unread: Source) -> Iterator[Book]:
    pages = [" ".join(SENTENCES[300 * number : 300 * number + 300]) for number in range(PAGES)]
    pieces = split([Section(text, number, "Rules") for number, text in enumerate(pages, start=1)])
    with tenant(organization.id):
        document = Document.objects.create(
            project=project,
            source=unread,
            title="Rules",
            page_count=PAGES,
            created_at=timezone.now(),
        )
        chunks = Chunk.objects.bulk_create(
            Chunk(
                id=uuid4(),
                organization_id=organization.id,
                project=project,
                document=document,
                ordinal=piece.ordinal,
                text=piece.text,
                text_digest=piece.ordinal.to_bytes(16),
                page=piece.page,
                heading=piece.heading,
                joint=piece.joint,
                repeated_count=piece.repeated_count,
                embedding_space="local/test/3",
                embedding=[1, 0, 0],
                is_live=True,
            )
            for piece in pieces
        )
        Source.objects.filter(pk=unread.pk).update(chunk_count=len(chunks))
    unread.chunk_count = len(chunks)
    yield Book(project, unread, document.pk, [chunk.pk for chunk in chunks], pages)


def test_text_is_that_of_the_document_each_character_once(
    organization: Customer, book: Book
) -> None:
    read: dict[int | None, str] = {}
    at: int | None = 0
    with tenant(organization.id):
        while at is not None:
            pages, place = read_text(document_id=book.document_id, at=at)
            for each in pages:
                read[each.page] = read.get(each.page, "") + each.text
            at = place.later
    assert list(read) == [1, 2, 3]
    assert ["".join(text.split()) for text in read.values()] == [
        "".join(text.split()) for text in book.pages
    ]


def test_page_that_began_in_the_stretch_before_says_so(organization: Customer, book: Book) -> None:
    with tenant(organization.id):
        first, place = read_text(document_id=book.document_id, at=0)
        assert place.later is not None
        second, _ = read_text(document_id=book.document_id, at=place.later)
    assert [page.is_continued for page in first] == [False] * len(first)
    assert second[0].is_continued


def test_chunks_are_read_a_stretch_at_a_time(organization: Customer, book: Book) -> None:
    with tenant(organization.id):
        chunks, place = read_chunks(document_id=book.document_id, at=45)
    assert [chunk.ordinal for chunk in chunks] == list(range(40, min(80, len(book.chunk_ids))))
    assert (place.first, place.earlier) == (40, 0)
    assert chunks[1].text == chunks[1].repeated + chunks[1].own
    assert chunks[0].text.endswith(chunks[1].repeated)


@pytest.mark.parametrize("view", ["source", "chunks"])
def test_stretch_takes_as_many_statements_at_the_end_as_at_the_beginning(
    organization: Customer, book: Book, view: str
) -> None:
    client = browser(organization.owner)
    counts = []
    for at in (0, 10**8):
        with CaptureQueriesContext(connection) as statements:
            assert client.get(book.at(view), {"at": at}).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_chunk_shows_its_place_its_size_and_no_markup(organization: Customer, book: Book) -> None:
    page = browser(organization.owner).get(book.at("chunks")).content.decode()
    assert re.findall(r'id="chunk-(\d+)"', page)[:3] == ["0", "1", "2"]
    assert re.search(r"[\d,]+ characters · about \d+ tokens", page)
    assert "Harbour &lt;rules&gt;" in page
    assert "<rules>" not in page


def test_page_number_leads_to_the_stretch_that_it_is_in(organization: Customer, book: Book) -> None:
    client = browser(organization.owner)
    answer = client.get(book.at("source"), {"page": "3"})
    assert answer.status_code == 302
    assert answer["Location"].endswith("#page-3")
    assert 'id="page-3"' in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("place", ["-1", "x", "9" * 30, "²"])
def test_place_that_is_none_is_the_beginning(
    organization: Customer, book: Book, place: str
) -> None:
    page = browser(organization.owner).get(book.at("chunks"), {"at": place}).content.decode()
    assert 'id="chunk-0"' in page


def test_chunks_id_leads_to_its_place(
    organization: Customer, stranger: Customer, book: Book
) -> None:
    path = reverse("knowledge:chunk", args=[book.project.pk, book.chunk_ids[41]])
    answer = browser(organization.owner).get(path)
    assert answer["Location"] == f"{book.at('chunks')}?at=41#chunk-41"
    found = answers(organization, stranger, "GET", path)
    assert found == {"owner": 302, "viewer": 302, "stranger": 404, "nobody": 302}


def test_chunks_id_of_another_project_or_of_none_leads_nowhere(
    organization: Customer, book: Book
) -> None:
    with tenant(organization.id):
        other = Project.objects.create(name="Other", created_at=timezone.now())
    client = browser(organization.owner)
    for project_id, chunk_id in ((other.pk, book.chunk_ids[0]), (book.project.pk, uuid4())):
        path = reverse("knowledge:chunk", args=[project_id, chunk_id])
        assert client.get(path).status_code == 404


def test_draft_is_not_read_before_it_replaces_the_text(organization: Customer, book: Book) -> None:
    with tenant(organization.id):
        Document.objects.create(
            project=book.project,
            source=book.source,
            title="A draft",
            is_draft=True,
            created_at=timezone.now(),
        )
    page = browser(organization.owner).get(book.at("source")).content.decode()
    assert "Sentence 0 says" in page


@pytest.mark.parametrize(
    ("state", "reason", "sentence"),
    [
        (State.QUEUED, "", "It is being read"),
        (State.FAILED, "This PDF is locked.", "This PDF is locked."),
    ],
)
def test_source_without_a_text_says_why(
    organization: Customer,
    project: Project,
    unread: Source,
    state: State,
    reason: str,
    sentence: str,
) -> None:
    with tenant(organization.id):
        Job.objects.filter(target_id=unread.pk).update(state=state, reason=reason)
    path = reverse("knowledge:source", args=[project.pk, unread.pk])
    page = browser(organization.owner).get(path).content.decode()
    assert sentence in page
    assert ("Retry" in page) == (state == State.FAILED)
