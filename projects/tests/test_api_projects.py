"""/api/v1/projects/, asked for by programs that may, may not and must not see them."""

from askorac.testing.people import Customer, new_project
from askorac.testing.programs import Program, new_program


def test_projects_are_listed_the_newest_first(organization: Customer, stranger: Customer) -> None:
    new_project(stranger, "Rival plans")
    for name in ("First", "Second"):
        new_project(organization, name)
    answer = new_program(organization, rights="read")("GET", "projects/")
    assert answer.status_code == 200
    assert [each["name"] for each in answer.json()["results"]] == ["Second", "First"]


def test_projects_without_a_key(organization: Customer) -> None:
    answer = Program()("GET", "projects/")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="AskOrac"')
    assert answer["Content-Type"] == "application/problem+json"


def test_project_is_made(organization: Customer) -> None:
    api = new_program(organization)
    answer = api("POST", "projects/", {"name": "Night trains"})
    assert (answer.status_code, answer.json()["name"]) == (201, "Night trains")


def test_idempotency(organization: Customer) -> None:
    api = new_program(organization)
    first = api("POST", "projects/", {"name": "Night trains"}, Idempotency_Key="1")
    again = api("POST", "projects/", {"name": "Night trains"}, Idempotency_Key="1")
    other = api("POST", "projects/", {"name": "Night rains"}, Idempotency_Key="1")
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert other.status_code == 409


