"""Sources are found by the beginnings of words of what they are called, which lies sealed."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from askorac.jobs.models import Job, State
from askorac.sealing import keyrings
from askorac.tenancy.context import tenant
from askorac.testing.people import Customer, new_project
from askorac.testing.waiting import is_done_in
from askorac.testing.web import Site, reply
from knowledge import labels, sources
from knowledge.models import Source, SourceWord
from knowledge.shelves import Choice, read_shelf
from knowledge.source_rows import source_rows
from knowledge.tasks import INGEST_SOURCE
from knowledge.tests.ingesting import add_page, upload, work
from knowledge.words.beginnings import LONGEST, MOST, beginnings_asked, beginnings_of
from projects.models import Project

MANY = 2_000
MOST_SECONDS = 1.0


def found(customer: Customer, project: Project, text: str) -> list[str]:
    choice = Choice.of(name=text, state="", kind="")
    with tenant(customer.id):
        shelf = read_shelf(project=project, choice=choice, before=None)
    assert shelf.matched_count == len(shelf.rows)
    return sorted(row.name for row in shelf.rows)


@pytest.mark.parametrize(
    ("text", "asked", "is_found"),
    [
        ("Warranty terms.pdf", "warr", True),
        ("Warranty terms.pdf", "TERMS war", True),
        ("Warranty terms.pdf", "arranty", False),
        ("Warranty terms.pdf", "warranty price", False),
        ("PriceList2024.xlsx", "list", True),
        ("PriceList2024.xlsx", "2024", True),
        ("PriceList2024.xlsx", "pricelist", True),
        ("Größe.md", "grosse", True),
        ("Ölwechsel.md", "olw", True),
        ("https://docs.example.com/de/Preise%20f%C3%BCr%20Kinder", "für kind", True),
        ("https://docs.example.com/", "https://docs.example.com/", True),
        ("https://docs.example.com/", "https", False),
        ("東京の港湾案内", "港湾", True),
        ("東京の港湾案内", "港", True),
        ("東京の港湾案内", "京港", False),
        ("हिन्दी पुस्तिका", "हिन्", True),
        ("Manual 5", "5", True),
        ("Manual 5", "m", False),
        ("w" * 60, "w" * 50, True),
    ],
)
def test_beginnings(text: str, asked: str, is_found: bool) -> None:
    beginnings = set(beginnings_of(text))
    assert (set(beginnings_asked(asked)) <= beginnings) is is_found


def test_beginnings_are_bounded() -> None:
    endless = " ".join(f"word{number}of" for number in range(1000))
    beginnings = beginnings_of("First", endless)
    assert (len(beginnings), beginnings[:4]) == (MOST, ["fi", "fir", "firs", "first"])
    assert max(map(len, beginnings)) <= LONGEST
    assert beginnings_asked("%_!") == []


def test_sources_of_each_kind_are_found(organization: Customer, project: Project) -> None:
    upload(organization, project, "Opening hours.md", b"Nine.", "article-17")
    add_page(organization, project, "https://shop.example/returns")
    with tenant(organization.id):
        sources.add_text(
            project=project,
            title="Harbour fees",
            text="Nine euros.",
            by=organization.actor,
            now=timezone.now(),
        )
    assert {asked: found(organization, project, asked) for asked in ("ope", "article-17")} == {
        "ope": ["Opening hours.md"],
        "article-17": ["Opening hours.md"],
    }
    assert found(organization, project, "ret shop") == ["https://shop.example/returns"]
    assert found(organization, project, "fees") == ["Harbour fees"]
    assert found(organization, project, "%") == []


def test_words_follow_the_name(organization: Customer, project: Project, site: Site) -> None:
    upload(organization, project, "old.md", b"One.", "a")
    upload(organization, project, "new.md", b"Two.", "a")
    assert (found(organization, project, "old"), found(organization, project, "new")) == (
        [],
        ["new.md"],
    )
    site.pages["/"] = reply(b"<title>Harbour guide</title><p>We open at nine, each day.</p>")
    source = add_page(organization, project, site.url)
    assert work(source).reason == ""
    assert found(organization, project, "guide") == ["Harbour guide"]
    assert found(organization, project, site.url) == ["Harbour guide"]
    with tenant(organization.id):
        for source in Source.objects.all():
            sources.remove(source=source, by=organization.actor, now=timezone.now())
        assert SourceWord.objects.count() == 0


def test_words_are_the_organizations_own(organization: Customer, stranger: Customer) -> None:
    """The same name gives other numbers elsewhere, and other ones than in a document."""
    one, other = keyrings.of(organization.id), keyrings.of(stranger.id)
    words = set(labels.blind_words("Harbour", ring=one))
    assert words.isdisjoint(labels.blind_words("Harbour", ring=other))
    assert words.isdisjoint({one.blind(beginning) for beginning in beginnings_of("Harbour")})
    assert labels.url_digest("harbour", ring=one) != labels.id_digest("harbour", ring=one)


def test_source_that_is_removed_meanwhile_is_left_out(
    organization: Customer, project: Project
) -> None:
    source = upload(organization, project, "a.md", b"Text.")
    with tenant(organization.id):
        seen = list(Source.objects.all())
        sources.remove(source=source, by=organization.actor, now=timezone.now())
        assert source_rows(seen) == []


@pytest.mark.long
def test_search_among_many_is_quick(organization: Customer) -> None:
    project = new_project(organization)
    fill(organization, project)
    for text, count in (("guide 777", 1), ("man har", MANY), ("zzz", 0)):
        choice, counts = Choice.of(name=text, state="", kind=""), set()

        def look(choice: Choice = choice, counts: set[int] = counts) -> None:
            with tenant(organization.id):
                shelf = read_shelf(project=project, choice=choice, before=None)
            counts.add(shelf.matched_count)

        assert is_done_in(MOST_SECONDS, look), text
        assert counts == {count}, text


def fill(customer: Customer, project: Project) -> None:
    """Many sources, with some of their words."""
    ring, beginning = keyrings.of(customer.id), datetime(2030, 1, 1, tzinfo=UTC)
    common = labels.blind_words("Manual of the harbour", ring=ring)
    with tenant(customer.id):
        for start in range(0, MANY, 1000):
            numbers = range(start, start + 1000)
            rows = [_source(customer, project, number, beginning) for number in numbers]
            Source.objects.bulk_create(rows)
            Job.objects.bulk_create(_job(row, beginning) for row in rows)
        labels.keep_words(labels.blind_words("guide 777", ring=ring), source=rows[0])
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO knowledge_sourceword"
                " (organization_id, id, project_id, source_id, word)"
                " SELECT organization_id, gen_random_uuid(), project_id, id, word"
                " FROM knowledge_source, unnest(%s::int8[]) AS words (word)",
                [common],
            )


def _source(customer: Customer, project: Project, number: int, beginning: datetime) -> Source:
    return Source(
        id=uuid4(),
        organization_id=customer.id,
        project_id=project.pk,
        kind="file",
        name=f"Manual of the harbour {number}",
        size_bytes=1,
        created_at=beginning + timedelta(seconds=number),
    )


def _job(source: Source, beginning: datetime) -> Job:
    return Job(
        id=uuid4(),
        organization_id=source.organization_id,
        kind=INGEST_SOURCE,
        target_id=source.pk,
        state=State.READY,
        due_at=beginning,
        created_at=beginning,
    )
