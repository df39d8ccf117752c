"""What the API says where it refuses, whatever was sent, and what it never says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.test import override_settings
from redis import RedisError

from askorac.tenancy.deeds import resume_organization, suspend_organization
from askorac.testing.people import Customer, new_customer
from askorac.testing.programs import Program, new_program
from projects.models import Project, User


@pytest.fixture(scope="module")
def program() -> Program:
    return new_program(new_customer())


def problem(answer: Any) -> tuple[int, str]:
    """The status and the code, of an answer that is a problem with all its parts."""
    body = answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    assert body["status"] == answer.status_code
    assert {"type", "title", "detail", "code"} <= body.keys()
    return answer.status_code, body["code"]


def send(program: Program, raw: bytes, kind: str = "application/json") -> Any:
    return program.raw("POST", "projects/", raw, kind)


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 400, "invalid"),
        (b"{", 400, "invalid"),
        (b"\xff\xfe{}", 400, "invalid"),
        (b"\xef\xbb\xbf{}", 400, "invalid"),
        (b'{"name": NaN}', 400, "invalid"),
        (b'{"name": "a\\u0000b"}', 400, "invalid"),
        (b'{"name": "a\\ud800b"}', 400, "invalid"),
        (b'{"a\\u0000": 1}', 400, "invalid"),
        (b'{"answer_floor": 1e999, "name": "x"}', 400, "invalid"),
        (b'{"name": ' + b"9" * 5000 + b"}", 400, "invalid"),
        (b"[" * 100_000, 400, "invalid"),
        (b'{"name": "' + b"x" * 8_000_000 + b'"}', 413, "too_large"),
    ],
)
def test_body_that_is_none(program: Program, raw: bytes, status: int, code: str) -> None:
    assert problem(send(program, raw)) == (status, code)


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/xml", "multipart/form-data", "application/x-www-form-urlencoded"],
)
def test_body_of_another_kind(program: Program, kind: str) -> None:
    assert problem(send(program, b"name=x", kind)) == (415, "unsupported_media_type")


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=\xff"])
def test_form_that_is_none(program: Program, project: Project, kind: str) -> None:
    own = program("POST", "projects/", {"name": "x"}).json()["id"]
    answer = program.raw("POST", f"projects/{own}/sources/", b"--x", kind)
    assert problem(answer)[0] in {400, 415}


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("nothing/", "GET"),
        ("nothing/", "POST"),
        ("projects", "GET"),
        ("projects", "POST"),
        ("projects/x/", "GET"),
        ("projects/%0A/", "DELETE"),
        ("../v2/", "GET"),
        ("", "GET"),
    ],
)
def test_address_that_is_none(program: Program, path: str, method: str) -> None:
    assert problem(program(method, path)) == (404, "not_found")
    assert problem(Program()(method, path)) == (404, "not_found")


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*"])
def test_answer_in_another_format(program: Program, accept: str) -> None:
    assert problem(program("GET", "projects/", Accept=accept)) == (406, "not_acceptable")


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic abc", "Token orac_sk_x", "orac_sk_x", "Bearer é"]
)
def test_header_without_a_key(header: str) -> None:
    answer = Program()("GET", "projects/", Authorization=header)
    assert problem(answer) == (401, "unauthenticated")
    assert answer["WWW-Authenticate"] == 'Bearer realm="AskOrac"'


def test_foreign_id_is_answered_as_one_of_nothing(stranger: Customer, project: Project) -> None:
    theirs = new_program(stranger)
    answers = [theirs("GET", f"projects/{each}/") for each in (project.pk, uuid4())]
    assert answers[0].content == answers[1].content
    assert problem(answers[0]) == (404, "not_found")


@override_settings(API_KEY_REQUESTS_A_MINUTE=3, API_ORGANIZATION_REQUESTS_A_MINUTE=5)
def test_key_and_organization_are_limited_each(organization: Customer) -> None:
    first, second = new_program(organization), new_program(organization)
    answers = [first("GET", "projects/") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert {answer["RateLimit-Limit"] for answer in answers} == {"3"}
    assert problem(answers[3]) == (429, "too_many_requests")
    assert 1 <= int(answers[3]["Retry-After"]) <= 60
    assert answers[3]["Retry-After"] == answers[3]["RateLimit-Reset"]
    others = [second("GET", "projects/") for _ in range(2)]
    assert [answer.status_code for answer in others] == [200, 429]
    assert others[1]["RateLimit-Limit"] == "5"


@override_settings(API_REFUSALS_A_MINUTE=3)
def test_address_that_is_refused_too_often_keeps_no_valid_key_out(organization: Customer) -> None:
    address = str(uuid4())  # counted by nobody else
    valid, wrong = new_program(organization), Program("orac_sk_wrong")
    for program in (valid, wrong):
        program._client.defaults["REMOTE_ADDR"] = address
    answers = [wrong("GET", "projects/") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert problem(answers[3]) == (429, "too_many_requests")
    assert 1 <= int(answers[3]["Retry-After"]) <= 60
    assert valid("GET", "projects/").status_code == 200


def test_limits_that_nobody_can_count_let_nothing_pass(
    organization: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: Any) -> None:
        raise RedisError

    program = new_program(organization)
    monkeypatch.setattr("projects.api_views.count_request", away)
    answer = program("POST", "projects/", {"name": "x"})
    assert (problem(answer), answer["Retry-After"]) == ((503, "unavailable"), "10")


@pytest.mark.parametrize(
    ("error", "status"), [(OperationalError("password=secret"), 503), (RuntimeError("secret"), 500)]
)
def test_what_breaks_is_not_told(
    organization: Customer, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def break_down(*_: Any, **__: Any) -> None:
        raise error

    program = new_program(organization)
    monkeypatch.setattr("projects.api.projects.read_page", break_down)
    answer = program("GET", "projects/")
    assert problem(answer)[0] == status
    assert b"secret" not in answer.content


@pytest.fixture
def suspended(organization: Customer) -> Iterator[Customer]:
    staff = User.objects.create_superuser(f"{uuid4().hex}@askorac.example", "x", name="Sam")
    suspend_organization(organization_id=organization.id, by=staff.pk, reason="Not paid")
    yield organization
    resume_organization(organization_id=organization.id, by=staff.pk, reason="Paid")


def test_suspended_organization_is_refused(suspended: Customer) -> None:
    program = new_program(suspended)
    for method, body in (("GET", None), ("POST", {"name": "x"})):
        answer = program(method, "projects/", body)
        assert problem(answer) == (403, "suspended")


def test_no_page_of_another_origin_reads_an_answer(program: Program) -> None:
    answer = program("GET", "projects/", Origin="https://evil.example")
    assert [name for name in answer.headers if name.startswith("Access-Control")] == []
