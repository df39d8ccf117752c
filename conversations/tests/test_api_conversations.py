"""Conversations as programs find, read, export and delete them, and as members do."""

import asyncio
import csv
import io
import json
from datetime import timedelta
from threading import Semaphore
from time import sleep
from typing import Any
from uuid import UUID, uuid4

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from askorac.tenancy.context import tenant
from askorac.testing.pages import browser, new_member
from askorac.testing.people import Customer, new_project
from askorac.testing.programs import Program, new_program
from askorac.web.late import LateResponse
from askorac.web.spreadsheets import harmless
from conversations import exporting, removal
from conversations.listing import Wanted
from conversations.models import Conversation, Message, Turn
from conversations.transcripts import read_transcripts
from conversations.trouble import find_trouble
from projects.models import AuditEvent, Project

from .conversing import START, converse, exchange
from .test_views_conversations import at as page_at

SECOND = (START + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
VISITOR = UUID("12345678-0000-4000-8000-000000000000")


@pytest.fixture
def three(project: Project) -> dict[str, UUID]:
    """Three conversations, the first one the oldest, as the columns of lists tell them apart."""
    told = {
        "known": {"is_answered": True, "rating": 1},
        "unknown": {"is_answered": False, "unanswered_count": 1, "rating": -1},
        "open": {"visitor_id": VISITOR},
    }
    made = {}
    with tenant(project.organization_id):
        for minute, (name, columns) in enumerate(told.items()):
            page_url = f"https://shop.example/{'sizes?a=1' if name == 'open' else ''}"
            made[name] = converse(project, minute=minute, page_url=page_url)
            exchange(project, made[name], f"=HYPERLINK({name})", f"The {name} answer [1].")
            Conversation.objects.filter(pk=made[name]).update(question_count=1, **columns)
    return made


def path(project: Project, *more: object) -> str:
    return "/".join([f"projects/{project.pk}/conversations", *map(str, more), ""])


def found(api: Program, project: Project, made: dict[str, UUID], **query: str) -> list[str]:
    """The names of the conversations that the list shows, in its order."""
    names = {str(each): name for name, each in made.items()}
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    answer = api("GET", f"{path(project)}?{asked}")
    assert answer.status_code == 200, answer.json()
    return [names[row["id"]] for row in answer.json()["results"]]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["open", "unknown", "known"]),
        ({"answered": "yes"}, ["known"]),
        ({"answered": "no"}, ["unknown"]),
        ({"answered": "none"}, ["open"]),
        ({"rating": "1"}, ["known"]),
        ({"rating": "-1"}, ["unknown"]),
        ({"visitor": str(VISITOR)}, ["open"]),
        ({"visitor": "12345678"}, ["open"]),
        ({"visitor": "somebody else"}, []),
        ({"page": "shop.example/sizes/"}, ["open"]),
        ({"page": "/SIZES"}, ["open"]),
        ({"page": "shop.example"}, ["open", "unknown", "known"]),
        ({"page": "shop.example/lamps"}, []),
        ({"words": "answers"}, ["open", "unknown", "known"]),
        ({"words": "known answer"}, ["known"]),
        ({"words": "unknown answer", "answered": "no"}, ["unknown"]),
        ({"words": "unknown answer", "answered": "yes"}, []),
        ({"words": "answer sizes"}, []),
        ({"words": "answer", "page": "sizes"}, ["open"]),
        ({"words": "?"}, []),
        ({"page": "%"}, []),
        ({"since": SECOND}, ["open", "unknown"]),
        ({"until": SECOND}, ["known"]),
    ],
)
def test_list_finds_what_is_wanted(
    organization: Customer,
    project: Project,
    three: dict[str, UUID],
    query: dict[str, str],
    names: list[str],
) -> None:
    api = new_program(organization, rights="read")
    assert found(api, project, three, **query) == names


@pytest.mark.parametrize(
    "query", ["answered=perhaps", "rating=2", "since=yesterday", "cursor=x", "other=1"]
)
def test_list_refuses_what_it_does_not_know(
    organization: Customer, project: Project, query: str
) -> None:
    answer = new_program(organization)("GET", f"{path(project)}?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_list_goes_on_by_its_cursor(
    organization: Customer, project: Project, three: dict[str, UUID]
) -> None:
    api = new_program(organization)
    first = api("GET", f"{path(project)}?limit=2").json()
    rest = api("GET", path(project) + "?" + first["next"].partition("?")[2]).json()
    ids = [row["id"] for row in first["results"] + rest["results"]]
    assert ids == [str(three[name]) for name in ("open", "unknown", "known")]
    assert rest["next"] is None


def test_conversation_is_read_with_its_messages(
    organization: Customer, project: Project, three: dict[str, UUID]
) -> None:
    answer = new_program(organization)("GET", path(project, three["known"])).json()
    assert (answer["answered"], answer["rating"], answer["question_count"]) == (True, 1, 1)
    question, said = answer["messages"]
    assert (question["role"], question["text"]) == ("visitor", "=HYPERLINK(known)")
    assert (said["role"], said["text"]) == ("assistant", "The known answer [1].")
    assert said["sources"][0]["title"] == "Handbook"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_conversation_is_closed_to_others(
    organization: Customer,
    stranger: Customer,
    project: Project,
    three: dict[str, UUID],
    method: str,
) -> None:
    other = new_project(organization, "Other")
    who = {
        "stranger": (new_program(stranger), project),
        "other project": (new_program(organization, project=other), project),
        "wrong project": (new_program(organization), other),
        "nobody": (Program(), project),
    }
    statuses = {
        name: api(method, path(asked, three["known"])).status_code
        for name, (api, asked) in who.items()
    }
    assert statuses == {"stranger": 404, "other project": 404, "wrong project": 404, "nobody": 401}


def test_deletion_needs_the_right_to_write(
    organization: Customer, project: Project, three: dict[str, UUID]
) -> None:
    reader, writer = new_program(organization, rights="read"), new_program(organization)
    assert reader("DELETE", path(project, three["known"])).status_code == 403
    assert reader("DELETE", f"{path(project)}?visitor={VISITOR}").status_code == 403
    assert writer("DELETE", path(project)).status_code == 400
    assert writer("DELETE", f"{path(project)}?visitor=12345678").json() == {"deleted": 0}
    assert writer("DELETE", f"{path(project)}?visitor={VISITOR}").json() == {"deleted": 1}
    assert writer("DELETE", path(project, three["known"])).status_code == 204
    with tenant(organization.id):
        assert list(Conversation.objects.values_list("pk", flat=True)) == [three["unknown"]]
        assert (Turn.objects.count(), Message.objects.count()) == (1, 2)
        events = AuditEvent.objects.filter(action__startswith="conversation").order_by("at")
        assert [(each.action, each.details.open()) for each in events] == [
            ("conversations.deleted", {"count": 1}),
            ("conversation.deleted", None),
        ]


@async_to_sync
async def body_of(response: LateResponse) -> bytes:
    return b"".join([part async for part in response.parts])


def export(customer: Customer, project: Project, query: str = "") -> tuple[Any, bytes]:
    response = browser(customer.owner).get(f"{page_at('export', project)}?{query}")
    assert response.status_code == 200
    return response, body_of(response)


def test_csv_is_a_row_a_message_and_no_formula(
    organization: Customer, project: Project, three: dict[str, UUID]
) -> None:
    response, body = export(organization, project, "kind=csv&answered=no")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith(
        'attachment; filename="conversations-help-desk-'
    )
    assert body.startswith("\ufeffconversation,visitor,".encode())
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    assert [(row["speaker"], row["text"]) for row in rows] == [
        ("visitor", "'=HYPERLINK(unknown)"),
        ("assistant", "The unknown answer [1]."),
    ]
    assert {row["conversation"] for row in rows} == {str(three["unknown"])}
    with tenant(organization.id):
        event = AuditEvent.objects.get(action="conversations.exported")
    assert event.details.open() == {"kind": "csv", "count": 1}


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", " =1", "＝1"])
def test_csv_defuses_what_a_spreadsheet_would_run(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert harmless("a=1") == "a=1"


def test_export_is_made_batch_by_batch(
    organization: Customer,
    project: Project,
    three: dict[str, UUID],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exporting, "BATCH", 1)
    _, body = export(organization, project, "kind=jsonl")
    told = [json.loads(line) for line in body.decode().splitlines()]
    assert [each["id"] for each in told] == [str(each) for each in reversed(three.values())]
    assert [len(each["messages"]) for each in told] == [2, 2, 2]
    program = new_program(organization)("GET", f"{path(project, 'export')}?kind=jsonl")
    assert body_of(program) == body


def test_many_exports_at_once_read_two_batches_at_a_time(
    organization: Customer,
    project: Project,
    three: dict[str, UUID],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading, most = Semaphore(exporting.MOST_AT_ONCE), []

    def read(**wanted: Any) -> Any:
        most.append(reading.acquire(blocking=False))
        sleep(0.01)  # so that others would come in
        try:
            return read_transcripts(**wanted)
        finally:
            reading.release()

    async def read_all() -> list[bytes]:
        return await asyncio.gather(*(_whole_export(organization, project) for _ in range(6)))

    monkeypatch.setattr(exporting, "read_transcripts", read)
    monkeypatch.setattr(exporting, "BATCH", 1)
    files = async_to_sync(read_all)()
    assert [file.count(b"\n") for file in files] == [3] * 6
    assert most == [True] * 18


async def _whole_export(customer: Customer, project: Project) -> bytes:
    made = exporting.export(
        project=project, wanted=Wanted(), kind="jsonl", by=customer.actor, now=timezone.now()
    )
    return b"".join([part async for part in made])


def test_deletion_is_for_those_who_may_edit_as_well_as_read(
    organization: Customer, stranger: Customer, project: Project, three: dict[str, UUID]
) -> None:
    reads = {"reads_conversations": True}
    people = {
        "viewer": browser(new_member(organization, "viewer")),
        "editor": browser(new_member(organization, "editor")),
        "reader": browser(new_member(organization, "viewer", **reads)),
        "editing reader": browser(new_member(organization, "editor", **reads)),
    }
    for name, may in (
        ("export", {"reader", "editing reader"}),
        ("delete_many", {"editing reader"}),
    ):
        found = {who: each.get(page_at(name, project)) for who, each in people.items()}
        assert {who for who, answer in found.items() if answer.status_code == 200} == may
        assert {answer.status_code for answer in found.values()} == {200, 403}
        assert browser(stranger.owner).get(page_at(name, project)).status_code == 404
    listed = people["reader"].get(page_at("list", project)).content.decode()
    assert ("Export as CSV" in listed, "Delete chosen" in listed) == (True, False)


def test_chosen_conversations_are_deleted(
    organization: Customer, project: Project, three: dict[str, UUID]
) -> None:
    client = browser(organization.owner)
    chosen = f"{page_at('delete_many', project)}?chosen={three['known']}&chosen={uuid4()}&chosen=x"
    assert "Delete 2 conversations" in client.get(chosen).content.decode()
    done = client.post(chosen, follow=True).content.decode()
    assert "1 conversation was deleted." in done
    with tenant(organization.id):
        assert Conversation.objects.count() == 2


def test_all_that_match_are_deleted_batch_by_batch(
    organization: Customer,
    project: Project,
    three: dict[str, UUID],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(removal, "BATCH", 1)
    client = browser(organization.owner)
    matching = f"{page_at('delete_many', project)}?all=1&since={START:%Y-%m-%d}"
    asked = client.get(matching, headers={"X-Fragment": "dialog"}).content.decode()
    assert ("Delete 3 conversations" in asked, "all conversations" in asked) == (True, False)
    assert "3 conversations were deleted." in client.post(matching, follow=True).content.decode()
    with tenant(organization.id):
        assert Conversation.objects.count() == 0
        counts = AuditEvent.objects.filter(action="conversations.deleted")
        assert sum(each.details.open()["count"] for each in counts) == 3


def test_filters_stay_in_the_pages_and_in_what_follows(
    organization: Customer, project: Project, three: dict[str, UUID]
) -> None:
    client = browser(organization.owner)
    page = client.get(page_at("list", project), {"rating": "-1"}).content.decode()
    shown = [str(each) in page for each in three.values()]
    assert shown == [False, True, False]
    assert "delete/?all=1&amp;rating=-1" in page
    assert "export/?kind=csv&amp;rating=-1" in page
    nothing = client.get(page_at("list", project), {"page": "nowhere"}).content.decode()
    assert "No conversation matches" in nothing
    part = client.get(page_at("list", project), {"rating": "-1"}, headers={"HX-Request": "true"})
    assert part.content.decode().startswith('<div id="found">')


@pytest.mark.parametrize("count", [1, 3])
def test_program_s_list_asks_the_same_number_of_questions(
    organization: Customer, project: Project, count: int
) -> None:
    api = new_program(organization)
    with tenant(organization.id):
        for minute in range(count):
            exchange(project, converse(project, minute=minute), "Q?", "A.")
    api("GET", path(project))
    with CaptureQueriesContext(connection) as queries:
        assert len(api("GET", path(project)).json()["results"]) == count
    statements = [each for each in queries if "conversations_conversation" in each["sql"]]
    assert len(statements) == 1


def turn(project: Project, code: str, minute: int, *, provider: str = "openai") -> None:
    Turn.objects.create(
        project_id=project.pk,
        conversation_id=converse(project),
        client_id=uuid4(),
        state="failed" if code else "ready",
        code=code,
        provider=provider,
        started_at=START,
        finished_at=START + timedelta(minutes=minute),
    )


def test_trouble_is_told_until_the_model_answers_again(
    organization: Customer, project: Project
) -> None:
    with tenant(organization.id):
        assert find_trouble(project.pk) is None
        turn(project, "", 0)
        turn(project, "provider_unavailable", 1)
        turn(project, "provider_key_rejected", 2)
        turn(project, "", 3, provider="")
        turn(project, "internal", 4)
        found = find_trouble(project.pk)
    assert found is not None
    assert (found.count, found.since, found.last_at) == (
        2,
        START + timedelta(minutes=1),
        START + timedelta(minutes=2),
    )
    client = browser(organization.owner)
    for name in ("list", "trouble"):
        assert "does not accept the key" in client.get(page_at(name, project)).content.decode()
    with tenant(organization.id):
        turn(project, "", 5)
        assert find_trouble(project.pk) is None
    assert client.get(page_at("trouble", project)).content.decode().strip() == ""


@pytest.mark.parametrize("filters", ["until=2026-13-01", "answered=perhaps", "rating=5"])
def test_filter_that_can_not_be_read_deletes_and_exports_nothing(
    organization: Customer, project: Project, three: dict[str, UUID], filters: str
) -> None:
    client = browser(organization.owner)
    asked = f"{page_at('delete_many', project)}?all=1&{filters}"
    assert [client.get(asked).status_code, client.post(asked).status_code] == [400, 400]
    assert client.get(f"{page_at('export', project)}?{filters}").status_code == 400
    with tenant(organization.id):
        assert Conversation.objects.count() == len(three)


def test_last_day_that_there_is_ends_nothing(
    organization: Customer, project: Project, three: dict[str, UUID]
) -> None:
    page = browser(organization.owner).get(f"{page_at('list', project)}?until=9999-12-31")
    assert page.status_code == 200
