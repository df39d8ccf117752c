"""/api/v1/projects/, as a customer's programs use it."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from askorac.tenancy.context import tenant
from askorac.testing.people import Customer, new_project
from askorac.testing.programs import Program, new_program
from projects.models import AuditEvent, Project

EVERYTHING = {
    "name": "Night trains",
    "assistant_name": "Nora",
    "instructions": "Be brief.",
    "answer_floor": 0.4,
    "unanswered_text": "Nobody knows.",
    "contact_label": "Service desk",
    "contact_url": "https://shop.example/contact",
    "greeting": "Good evening.",
    "suggestions": ["Where is my train?"],
    "accent": "#112233",
    "theme": "dark",
    "position": "left",
    "allowed_domains": ["shop.example"],
}


def path_of(project: Project) -> str:
    return f"projects/{project.pk}/"


def refusal(answer: Any) -> tuple[int, list[str]]:
    return answer.status_code, sorted(answer.json().get("errors", {}))


def test_projects_are_listed_the_newest_first(organization: Customer, stranger: Customer) -> None:
    new_project(stranger, "Rival plans")
    for name in ("First", "Second"):
        new_project(organization, name)
    answer = new_program(organization, rights="read")("GET", "projects/")
    assert [each["name"] for each in answer.json()["results"]] == ["Second", "First"]


def test_key_of_one_project_lists_that_alone(organization: Customer, project: Project) -> None:
    new_project(organization, "Another one")
    program = new_program(organization, project=project)
    found = program("GET", "projects/").json()["results"]
    assert [each["id"] for each in found] == [str(project.pk)]
    assert program("PATCH", path_of(project), {"greeting": "Hello."}).status_code == 200
    assert program("DELETE", path_of(project)).status_code == 403


def test_project_is_made_with_all_that_may_be_said_of_it(organization: Customer) -> None:
    program = new_program(organization)
    made = program("POST", "projects/", EVERYTHING)
    body = made.json()
    assert made.status_code == 201
    assert {name: body[name] for name in EVERYTHING} == EVERYTHING
    assert program("GET", f"projects/{body['id']}/").json() == body
    with tenant(organization.id):
        project = Project.objects.get()
        event = AuditEvent.objects.get(action="project.created")
    assert (project.name, project.theme) == ("Night trains", "dark")
    assert (event.actor_kind, event.actor_label) == ("api_key", "A program")


def test_project_that_can_not_be_made_is_not_there(organization: Customer) -> None:
    wrong = {**EVERYTHING, "contact_url": "nowhere", "allowed_domains": ["no domain"]}
    answer = new_program(organization)("POST", "projects/", wrong)
    assert refusal(answer) == (400, ["allowed_domains", "contact_url"])
    with tenant(organization.id):
        assert Project.objects.count() == 0


def test_project_is_changed_in_what_is_named(organization: Customer, project: Project) -> None:
    program = new_program(organization)
    before = program("GET", path_of(project)).json()
    changes = {"answer_floor": 0.5, "theme": "light", "allowed_domains": ["*.shop.example"]}
    after = program("PATCH", path_of(project), changes).json()
    assert after == {**before, **changes}
    assert program("PATCH", path_of(project), {"answer_floor": None}).json() == {
        **after,
        "answer_floor": None,
    }
    assert program("PATCH", path_of(project), {}).status_code == 200


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"name": 5}, ["name"]),
        ({"name": ""}, ["name"]),
        ({"name": None}, ["name"]),
        ({"colour": "#112233"}, ["colour"]),
        ({"accent": "red", "x": 1}, ["accent", "x"]),
        ({"answer_floor": "0.5"}, ["answer_floor"]),
        ({"answer_floor": True}, ["answer_floor"]),
        ({"answer_floor": 2}, ["answer_floor"]),
        ({"suggestions": ["a", 5]}, ["suggestions.1"]),
        ({"suggestions": "a"}, ["suggestions"]),
        ({"suggestions": ["a", "b", "c", "d"]}, ["suggestions"]),
        ({"allowed_domains": ["["]}, ["allowed_domains"]),
        ({"theme": "pink"}, ["theme"]),
        ({"public_key": "pk_x"}, ["public_key"]),
        ([], []),
        ("text", []),
    ],
)
def test_change_that_is_none_is_refused_by_name(
    organization: Customer, project: Project, body: Any, wrong: list[str]
) -> None:
    answer = new_program(organization)("PATCH", path_of(project), body)
    assert refusal(answer) == (400, wrong)


def test_project_is_deleted(organization: Customer, project: Project) -> None:
    program = new_program(organization)
    asked = program("DELETE", path_of(project))
    when = asked.json()["deletes_at"]
    again = program("DELETE", path_of(project))
    read = program("GET", path_of(project))
    assert [asked.status_code, again.status_code, read.status_code] == [202, 202, 200]
    assert {again.json()["deletes_at"], read.json()["deletes_at"]} == {when}
    refused = program("PATCH", path_of(project), {"name": "Other"})
    assert (refused.status_code, refused.json()["code"]) == (409, "to_be_deleted")
    kept = program("POST", f"{path_of(project)}take-back/")
    assert (kept.status_code, kept.json()["deletes_at"]) == (200, None)
    assert program("PATCH", path_of(project), {"name": "Other"}).status_code == 200


def test_list_goes_forth_and_back(organization: Customer) -> None:
    names = [f"Project {number}" for number in range(5)]
    for name in names:
        new_project(organization, name)
    program = new_program(organization)
    pages = [program("GET", "projects/?limit=2").json()]
    while (address := pages[-1]["next"]) is not None:
        pages.append(program("GET", address.partition("/api/v1/")[2]).json())
    seen = [[each["name"] for each in page["results"]] for page in pages]
    assert seen == [["Project 4", "Project 3"], ["Project 2", "Project 1"], ["Project 0"]]
    back = program("GET", pages[-1]["previous"].partition("/api/v1/")[2]).json()
    assert back["results"] == pages[1]["results"]
    first = program("GET", back["previous"].partition("/api/v1/")[2]).json()
    assert (first["results"], first["previous"]) == (pages[0]["results"], None)


def test_page_stays_where_it_is_when_rows_come_and_go(organization: Customer) -> None:
    projects = [new_project(organization, name) for name in ("a", "b", "c", "d")]
    program = new_program(organization)
    address = program("GET", "projects/?limit=2").json()["next"].partition("/api/v1/")[2]
    new_project(organization, "e")
    with tenant(organization.id):
        projects[2].delete()  # where the cursor stands
    assert [each["name"] for each in program("GET", address).json()["results"]] == ["b", "a"]


@pytest.mark.parametrize(
    "cursor", ["", "x", "é", "W10", "WzEsMiwzXQ", "WyIyMDI2LTAxLTAxIiwgIngiLCAwXQ", "0" * 401]
)
def test_cursor_of_nobody_is_refused(organization: Customer, cursor: str) -> None:
    answer = new_program(organization)("GET", f"projects/?cursor={cursor}")
    assert refusal(answer) == (400, ["cursor"])


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "limit=%00"])
def test_limit_of_a_page_is_bounded(organization: Customer, query: str) -> None:
    assert refusal(new_program(organization)("GET", f"projects/?{query}")) == (400, ["limit"])


def test_unknown_parameter_is_refused_by_name(organization: Customer) -> None:
    answer = new_program(organization)("GET", f"projects/?nmae={uuid4()}")
    assert refusal(answer) == (400, ["nmae"])


def test_list_takes_as_many_statements_for_three_projects_as_for_one(
    organization: Customer,
) -> None:
    program = new_program(organization)
    program("GET", "projects/")  # notes that the key was used
    counts = []
    for count in (1, 2):
        for number in range(count):
            new_project(organization, f"Project {number}")
        with CaptureQueriesContext(connection) as statements:
            program("GET", "projects/")
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_no_cookie_is_taken_for_a_key(organization: Customer) -> None:
    from askorac.testing.pages import browser

    assert browser(organization.owner).get("/api/v1/projects/").status_code == 401
    assert "Set-Cookie" not in Program()("GET", "projects/").headers
