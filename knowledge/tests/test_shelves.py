"""The shelf: pages that miss and repeat nothing, choices, sums, and steady statements."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import uuid4

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from askorac.jobs.models import Job, State
from askorac.sealing import keyrings
from askorac.tenancy.context import tenant
from askorac.testing.pages import browser
from askorac.testing.people import Customer
from knowledge import labels
from knowledge.models import Source
from knowledge.shelves import SOURCES_A_PAGE, Choice, read_shelf, sum_up
from knowledge.tasks import INGEST_SOURCE
from projects.models import Project

BEGINNING = datetime(2030, 1, 1, tzinfo=UTC)


def fill(
    customer: Customer,
    project: Project,
    count: int,
    *,
    state: State = State.READY,
    name: str = "Source",
    kind: str = "file",
    url: str = "",
) -> None:
    """Sources of which several were added at the same moment, as by an import."""
    sources = [
        Source(
            id=uuid4(),
            organization_id=customer.id,
            project_id=project.pk,
            kind=kind,
            name=f"{name} {number}",
            url=url,
            size_bytes=1,
            chunk_count=2 if state == State.READY else 0,
            created_at=BEGINNING + timedelta(seconds=number // 4),
        )
        for number in range(count)
    ]
    with tenant(customer.id):
        Source.objects.bulk_create(sources)
        ring = keyrings.of(customer.id)
        for source in sources:
            words = labels.blind_words(source.name.open(), source.url.open(), ring=ring)
            labels.keep_words(words, source=source)
        Job.objects.bulk_create(job_of(source, state) for source in sources)


def job_of(source: Source, state: State) -> Job:
    return Job(
        id=uuid4(),
        organization_id=source.organization_id,
        kind=INGEST_SOURCE,
        target_id=source.pk,
        state=state,
        reason="It is locked." if state == State.FAILED else "",
        due_at=BEGINNING,
        created_at=BEGINNING,
    )


def names(customer: Customer, project: Project, **choice: str) -> list[str]:
    given = {"name": "", "state": "", "kind": "", **choice}
    with tenant(customer.id):
        shelf = read_shelf(project=project, choice=Choice.of(**given), before=None)
    assert shelf.matched_count == len(shelf.rows)
    return sorted(row.name for row in shelf.rows)


def test_pages_hold_each_source_once_the_newest_first(
    organization: Customer, project: Project
) -> None:
    count = 2 * SOURCES_A_PAGE + 3
    fill(organization, project, count)
    seen, before, sizes = [], None, []
    with tenant(organization.id):
        while not sizes or before:
            shelf = read_shelf(project=project, choice=Choice(), before=before)
            seen += [(row.created_at, row.id) for row in shelf.rows]
            sizes.append(len(shelf.rows))
            before = shelf.older
    assert sizes == [SOURCES_A_PAGE, SOURCES_A_PAGE, 3]
    assert (len(set(seen)), seen) == (
        count,
        sorted(seen, key=lambda row: (-row[0].timestamp(), row[1])),
    )


def test_choice_by_name_state_and_kind(organization: Customer, project: Project) -> None:
    fill(organization, project, 1, name="Manual")
    fill(organization, project, 1, name="Terms_100%", state=State.FAILED, kind="text")
    fill(organization, project, 1, name="Shop", state=State.QUEUED, kind="page", url="http://a.b/x")
    found = {
        "name": names(organization, project, name="mAnU"),
        "sign": names(organization, project, name="_100%"),
        "url": names(organization, project, name="a.b/"),
        "failed": names(organization, project, state="failed"),
        "working": names(organization, project, state="working"),
        "ready": names(organization, project, state="ready"),
        "text": names(organization, project, kind="text"),
        "none": names(organization, project, kind="text", state="ready"),
        "any": names(organization, project, kind="no such", state="no such", name=" \0 "),
    }
    manual, shop, terms = "Manual 0", "Shop 0", "Terms_100% 0"
    assert found == {
        "name": [manual],
        "sign": [terms],
        "url": [shop],
        "failed": [terms],
        "working": [shop],
        "ready": [manual],
        "text": [terms],
        "none": [],
        "any": [manual, shop, terms],
    }


def test_sums_are_the_projects_own(
    organization: Customer, stranger: Customer, project: Project
) -> None:
    with tenant(organization.id):
        other = Project.objects.create(name="Other", created_at=timezone.now())
        empty = sum_up(project=project)
    for state in (State.READY, State.QUEUED, State.PROCESSING, State.FAILED):
        fill(organization, project, 2, state=state)
    fill(organization, other, 5)
    with tenant(organization.id):
        sums = sum_up(project=project)
    counts = (sums.source_count, sums.chunk_count, sums.working_count, sums.ready_count)
    assert (*counts, sums.failed_count) == (8, 4, 4, 2, 2)
    assert (empty.source_count, empty.chunk_count, empty.ready_count) == (0, 0, 0)


def test_page_keeps_its_choice_on_the_way_to_older_sources_and_back(
    organization: Customer, project: Project
) -> None:
    fill(organization, project, SOURCES_A_PAGE + 1, name="Manual")
    fill(organization, project, 1, name="Terms")
    client = browser(organization.owner)
    path = reverse("knowledge:sources", args=[project.pk])
    first = client.get(path, {"name": "manual"}).content.decode()
    [older] = re.findall(r'rel="next" href="([^"]+)"', first)
    second = client.get(path + unescape(older)).content.decode()
    assert "<strong>51</strong> of 52 sources" in first
    assert [len(re.findall(r">Manual \d+</a>", page)) for page in (first, second)] == [50, 1]
    assert 'href="?name=manual">Newest' in second


def test_change_comes_back_to_the_same_view(organization: Customer, project: Project) -> None:
    fill(organization, project, 1, name="Manual", state=State.FAILED)
    fill(organization, project, 1, name="Terms")
    with tenant(organization.id):
        source = Source.objects.order_by("chunk_count").first()
    assert source is not None
    path = reverse("knowledge:retry", args=[project.pk, source.pk])
    client = browser(organization.owner)
    page = client.get(reverse("knowledge:sources", args=[project.pk]), {"name": "man"})
    assert f'hx-post="{path}?name=man"' in page.content.decode()
    part = client.post(f"{path}?name=man", headers={"HX-Request": "true"}).content.decode()
    whole = client.post(f"{path}?name=man")
    assert ("Manual 0" in part, "Terms 0" in part) == (True, False)
    assert whole["Location"].endswith("/knowledge/?name=man")


def test_page_of_a_full_shelf_takes_as_many_statements_as_of_one_source(
    organization: Customer, project: Project
) -> None:
    client = browser(organization.owner)
    path = reverse("knowledge:sources", args=[project.pk])
    counts = []
    for count in (1, 3 * SOURCES_A_PAGE):
        fill(organization, project, count)
        with CaptureQueriesContext(connection) as statements:
            client.get(path, {"state": "ready"})
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_choice_that_nothing_fits_says_so(organization: Customer, project: Project) -> None:
    fill(organization, project, 1)
    path = reverse("knowledge:sources", args=[project.pk])
    page = browser(organization.owner).get(path, {"name": "zzz"}).content.decode()
    assert "No source fits" in page
    assert 'value="zzz"' in page
