"""Sources, documents and search, as a customer's programs use them."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from askorac.jobs.models import Job, State
from askorac.jobs.tasks import run_job
from askorac.sealing import KeyRevoked
from askorac.tenancy.context import tenant
from askorac.testing.people import Customer
from askorac.testing.programs import Program, new_program
from keys.clients import ProviderUnavailable, RateLimited
from knowledge.models import Source
from knowledge.tasks import INGEST_SOURCE
from projects.models import Project

TEXT = "Parcels may be returned within thirty days. The harbour office takes them back."
QUESTION = {"query": "Until when may parcels be returned?"}


@pytest.fixture
def program(organization: Customer) -> Program:
    return new_program(organization)


@pytest.fixture
def root(project: Project) -> str:
    return f"projects/{project.pk}"


def file(content: bytes = TEXT.encode(), name: str = "parcels.txt") -> BytesIO:
    opened = BytesIO(content)
    opened.name = name
    return opened


def add(program: Program, root: str, **values: str) -> Any:
    body = {"title": "Parcels", "text": TEXT, **values}
    return program("POST", f"{root}/sources/", body)


def work(customer: Customer) -> None:
    """What a worker would do."""
    with tenant(customer.id):
        due = list(Job.objects.filter(kind=INGEST_SOURCE, state=State.QUEUED))
    for job in due:
        run_job(str(customer.id), str(job.pk))


def sources_of(customer: Customer) -> list[Source]:
    with tenant(customer.id):
        return list(Source.objects.order_by("created_at"))


def test_file_is_uploaded_read_found_and_given_back(
    organization: Customer, program: Program, root: str
) -> None:
    made = program.form(f"{root}/sources/", {"file": file(), "external_id": "article-17"})
    source = made.json()
    assert (made.status_code, source["state"], source["kind"]) == (201, "queued", "file")
    assert source["progress"] == {"done": 0, "total": 0, "percent": 0}
    work(organization)
    source = program("GET", f"{root}/sources/{source['id']}/").json()
    assert (source["state"], source["chunk_count"]) == ("ready", 1)
    found = program("POST", f"{root}/search/", QUESTION).json()
    passage = found["passages"][0]
    assert (passage["external_id"], passage["source_id"]) == ("article-17", source["id"])
    assert (passage["text"], passage["title"]) == (TEXT, "parcels")
    assert passage["score"] > found["floor"]
    document = program("GET", f"{root}/documents/{passage['document_id']}/").json()
    assert (document["text"], document["external_id"]) == (TEXT, "article-17")
    download = program("GET", f"{root}/sources/{source['id']}/file/")
    assert b"".join(download.streaming_content) == TEXT.encode()
    assert download["Content-Disposition"] == 'attachment; filename="parcels.txt"'
    assert download["RateLimit-Limit"] == "3000"
    download.close()


def test_external_id_given_again_replaces(
    organization: Customer, program: Program, root: str
) -> None:
    statuses = [
        add(program, root, external_id="a", text=text).status_code for text in ("One.", "Two.")
    ]
    assert statuses == [201, 200]
    assert len(sources_of(organization)) == 1


def test_upload_that_is_repeated_is_kept_once(
    organization: Customer, program: Program, root: str
) -> None:
    path = f"{root}/sources/"
    first = program.form(path, {"file": file()}, Idempotency_Key="u")
    again = program.form(path, {"file": file()}, Idempotency_Key="u")
    other = program.form(path, {"file": file(b"Other.")}, Idempotency_Key="u")
    renamed = program.form(path, {"file": file(name="b.txt")}, Idempotency_Key="u")
    assert (first.status_code, again["Idempotency-Replayed"]) == (201, "true")
    assert first.json() == again.json()
    assert (other.status_code, renamed.status_code) == (409, 409)
    assert len(sources_of(organization)) == 1


def test_upload_whose_answer_broke_is_kept_once(
    organization: Customer, program: Program, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key to the content is taken away just when the source is there."""

    def refused(_: Source) -> None:
        raise KeyRevoked

    path = f"{root}/sources/"
    with monkeypatch.context() as patch:
        patch.setattr("knowledge.api.sources.source_row", refused)
        assert program.form(path, {"file": file()}, Idempotency_Key="u").status_code == 423
    again = program.form(path, {"file": file()}, Idempotency_Key="u")
    assert (again.status_code, len(sources_of(organization))) == (201, 1)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, ["file"]),
        ({"file": "text"}, ["file"]),
        ({"file": file(b"")}, ["file"]),
        ({"file": file(), "title": "x"}, ["title"]),
        ({"file": file(), "external_id": "x" * 201}, ["external_id"]),
        ({"file": file(), "external_id": "a\0b"}, []),
    ],
)
def test_form_that_is_no_source_is_refused(
    organization: Customer, program: Program, root: str, fields: dict[str, Any], wrong: list[str]
) -> None:
    answer = program.form(f"{root}/sources/", fields)
    assert (answer.status_code, sorted(answer.json().get("errors", {}))) == (400, wrong)
    assert sources_of(organization) == []


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, ["text", "title"]),
        ({"title": "x"}, ["text"]),
        ({"title": "x", "text": "  "}, []),
        ({"url": "http://127.0.0.1/"}, []),
        ({"url": "ftp://shop.example/"}, []),
        ({"url": "https://shop.example/", "text": "x"}, ["text"]),
        ({"title": "x", "text": "y", "external_id": 5}, ["external_id"]),
        ({"title": "x", "text": "y" * 1_000_001}, ["text"]),
        ([{"title": "x", "text": "y"}], []),
    ],
)
def test_body_that_is_no_source_is_refused(
    organization: Customer, program: Program, root: str, body: Any, wrong: list[str]
) -> None:
    answer = program("POST", f"{root}/sources/", body)
    assert (answer.status_code, sorted(answer.json().get("errors", {}))) == (400, wrong)
    assert sources_of(organization) == []


def test_page_is_added_by_its_address(organization: Customer, program: Program, root: str) -> None:
    body = {"url": "https://shop.example/returns", "external_id": "returns"}
    made = program("POST", f"{root}/sources/", body).json()
    assert (made["kind"], made["url"], made["external_id"]) == ("page", *body.values())
    answer = program("GET", f"{root}/sources/{made['id']}/file/")
    assert answer.status_code == 404


def test_sources_are_chosen_by_external_id_and_state(
    organization: Customer, program: Program, root: str
) -> None:
    add(program, root, external_id="a")
    work(organization)
    add(program, root, external_id="b")

    def listed(query: str) -> list[str]:
        found = program("GET", f"{root}/sources/?{query}").json()["results"]
        return [each["external_id"] for each in found]

    assert (listed(""), listed("external_id=a"), listed("external_id=c")) == (["b", "a"], ["a"], [])
    assert (listed("state=ready"), listed("state=queued")) == (["a"], ["b"])
    assert program("GET", f"{root}/sources/?state=new").status_code == 400


def test_source_that_failed_says_why_and_is_read_again(
    organization: Customer, program: Program, root: str
) -> None:
    made = program.form(f"{root}/sources/", {"file": file(b"%PDF-1.7 broken", "a.pdf")}).json()
    work(organization)
    failed = program("GET", f"{root}/sources/{made['id']}/").json()
    assert (failed["state"], bool(failed["reason"])) == ("failed", True)
    again = program("POST", f"{root}/sources/{made['id']}/refresh/")
    assert (again.status_code, again.json()["state"]) == (202, "queued")


def test_source_is_removed(organization: Customer, program: Program, root: str) -> None:
    made = add(program, root).json()
    assert program("DELETE", f"{root}/sources/{made['id']}/").status_code == 204
    assert program("GET", f"{root}/sources/{made['id']}/").status_code == 404
    assert sources_of(organization) == []


def test_chunks_come_in_the_order_of_the_document(
    organization: Customer, program: Program, root: str
) -> None:
    text = "\n\n".join(f"# Part {number}\n\n" + TEXT * 12 for number in range(5))
    add(program, root, text=text)
    work(organization)
    document = program("GET", f"{root}/documents/").json()["results"][0]
    path = f"{root}/documents/{document['id']}/chunks/?limit=2"
    seen: list[int] = []
    while path:
        page = program("GET", path).json()
        seen += [each["ordinal"] for each in page["results"]]
        path = (page["next"] or "").partition("/api/v1/")[2]
    assert len(seen) > 2
    assert seen == list(range(document["chunk_count"]))
    assert program("GET", f"{root}/documents/?source_id={uuid4()}").json()["results"] == []


@pytest.mark.parametrize("what", ["sources", "documents"])
def test_list_takes_as_many_statements_for_three_as_for_one(
    organization: Customer, program: Program, root: str, what: str
) -> None:
    counts = []
    for count in (1, 2):
        for _ in range(count):
            add(program, root)
        work(organization)
        with CaptureQueriesContext(connection) as statements:
            program("GET", f"{root}/{what}/")
        counts.append(len(statements))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, ["query"]),
        ({"query": ""}, ["query"]),
        ({"query": " "}, ["query"]),
        ({"query": "x" * 4001}, ["query"]),
        ({"query": "x", "limit": 0}, ["limit"]),
        ({"query": "x", "limit": 51}, ["limit"]),
        ({"query": "x", "limit": "5"}, ["limit"]),
        ({"query": "x", "limit": True}, ["limit"]),
        ({"query": "x", "top_k": 5}, ["top_k"]),
    ],
)
def test_search_that_is_none_is_refused(
    program: Program, root: str, body: Any, wrong: list[str]
) -> None:
    answer = program("POST", f"{root}/search/", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, wrong)


def test_search_finds_as_many_as_are_wanted(
    organization: Customer, program: Program, root: str
) -> None:
    assert program("POST", f"{root}/search/", QUESTION).json()["passages"] == []
    for number in range(3):
        add(program, root, text=f"{TEXT} Office {number}.")
    work(organization)
    found = program("POST", f"{root}/search/", {**QUESTION, "limit": 2}).json()["passages"]
    scores = [each["score"] for each in found]
    assert (len(found), scores) == (2, sorted(scores, reverse=True))


def test_search_by_a_key_that_may_read(organization: Customer, project: Project, root: str) -> None:
    reader = new_program(organization, rights="read", project=project)
    assert reader("POST", f"{root}/search/", QUESTION).status_code == 200
    assert add(reader, root).status_code == 403


@pytest.mark.parametrize(
    ("fault", "code", "after"),
    [
        (RateLimited("The provider is busy.", retry_after=7.2), "provider_busy", "8"),
        (ProviderUnavailable("The provider is away."), "provider_failed", None),
    ],
)
def test_search_while_the_provider_is_away(
    organization: Customer,
    program: Program,
    root: str,
    monkeypatch: pytest.MonkeyPatch,
    fault: Exception,
    code: str,
    after: str | None,
) -> None:
    def away(**_: Any) -> None:
        raise fault

    monkeypatch.setattr("knowledge.api.search.search_project", away)
    answer = program("POST", f"{root}/search/", QUESTION)
    assert (answer.status_code, answer.json()["code"]) == (503, code)
    assert answer.headers.get("Retry-After") == after
