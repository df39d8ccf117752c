"""What the doors say where sealed content does not open, as the key service is told to refuse."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import include, path
from rest_framework.request import Request
from rest_framework.response import Response

from askorac.sealing import keyrings
from askorac.testing.keys import out_of_reach, taken_away
from askorac.testing.pages import browser
from askorac.testing.people import Customer
from askorac.testing.programs import new_program
from askorac.web.late import LateResponse, give
from projects.access import MemberRequest, member_view
from projects.api_views import ApiView

NOBODYS_ROW = UUID(int=0)


@member_view("project.view")
def page(request: MemberRequest) -> HttpResponse:
    return HttpResponse(opened(request.access.organization.pk))


def public_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(opened(UUID(request.GET["organization"])))


class Endpoint(ApiView):
    def get(self, request: Request) -> Response:
        return Response(opened(self.access.organization_id).decode())

    def post(self, request: Request) -> Response:
        return Response(opened(self.access.organization_id, as_it_was_sealed=False))


def opened(organization_id: UUID, *, as_it_was_sealed: bool = True) -> bytes:
    ring = keyrings.of(organization_id)
    blob = ring.seal(b"A sentence.", purpose="test", row_id=NOBODYS_ROW)
    blob = blob if as_it_was_sealed else blob[:-1] + bytes([blob[-1] ^ 1])
    return ring.open(blob, purpose="test", row_id=NOBODYS_ROW)


# The site, with a few doors of the test's own.
urlpatterns = [
    path("opened/", page),
    path("public/", public_page),
    path("api/v1/opened/", Endpoint.as_view()),
    path("api/chat-like/", public_page),
    path("", include("askorac.urls")),
]
handler500 = "askorac.web.api.unknown.broken"


@pytest.fixture(autouse=True)
def _doors() -> Iterator[None]:
    with override_settings(ROOT_URLCONF=__name__):
        yield


CLOSED: Any = pytest.mark.parametrize(
    ("closing", "status", "code", "title"),
    [
        (taken_away, 423, "key_revoked", "This content is closed"),
        (out_of_reach, 503, "keys_away", "The key service does not answer"),
    ],
    ids=["revoked", "away"],
)
Closing = Callable[[UUID], AbstractContextManager[None]]


@CLOSED
def test_page_says_what_is_closed_and_what_works(
    organization: Customer, closing: Closing, status: int, code: str, title: str
) -> None:
    client = browser(organization.owner)
    with closing(organization.id):
        answer = client.get("/opened/")
        text = answer.content.decode()
        assert (answer.status_code, title in text) == (status, True)
        assert ("Nothing is lost" in text, "folder" in text) == (True, False)
        assert "/app/organization/api-keys/" in text
        assert "no-store" in answer["Cache-Control"]
        assert answer.has_header("Retry-After") == (status == 503)
        assert client.get("/app/").status_code == 200
        assert client.get("/app/organization/api-keys/").status_code == 200
    assert client.get("/opened/").content == b"A sentence."


@CLOSED
def test_part_of_a_page_is_a_notice_and_no_page(
    organization: Customer, closing: Closing, status: int, code: str, title: str
) -> None:
    with closing(organization.id):
        answer = browser(organization.owner).get("/opened/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["X-Fragment"]) == (status, "notice")
    assert title in answer.content.decode() and b"<html" not in answer.content


@CLOSED
def test_stranger_is_told_of_no_page_for_members(
    organization: Customer, closing: Closing, status: int, code: str, title: str
) -> None:
    with closing(organization.id):
        answer = browser().get(f"/public/?organization={organization.id}")
    assert (answer.status_code, b"/app/" in answer.content) == (status, False)


@CLOSED
def test_script_and_program_get_a_problem(
    organization: Customer, closing: Closing, status: int, code: str, title: str
) -> None:
    program, client = new_program(organization), browser(organization.owner)
    with closing(organization.id):
        answers = [
            program("GET", "opened/"),
            client.get("/opened/", headers={"Accept": "application/json"}),
            client.get(f"/api/chat-like/?organization={organization.id}"),
        ]
    for answer in answers:
        body = answer.json()
        assert answer["Content-Type"] == "application/problem+json"
        assert (answer.status_code, body["code"]) == (status, code)
        assert answer.has_header("Retry-After") == (status == 503)


@CLOSED
def test_late_answer_is_a_problem(
    organization: Customer, closing: Closing, status: int, code: str, title: str
) -> None:
    async def parts(response: LateResponse) -> AsyncGenerator[bytes, None]:
        await keyrings.ready(organization.id)
        yield b"A sentence."

    async def asked() -> list[Any]:
        sent: list[Any] = []

        async def receive() -> Any:
            await asyncio.sleep(60)

        async def send(message: Any) -> None:
            sent.append(message)

        await give(LateResponse(parts), receive, send)
        return sent

    with closing(organization.id):
        start, body, *_ = asyncio.run(asked())
    assert (start["status"], code.encode() in body["body"]) == (status, True)


def test_what_was_tampered_with_breaks_and_staff_are_told(
    organization: Customer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="askorac"):
        answer = new_program(organization)("POST", "opened/")
    assert (answer.status_code, answer.json()["code"]) == (500, "tampered")
    assert any(line.startswith("seal.tampered broken=Tampered@") for line in caplog.messages)
