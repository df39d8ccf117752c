"""The switch of sealed vectors, on the page and in the API."""

from askorac.tenancy.context import tenant
from askorac.testing.pages import browser
from askorac.testing.people import Customer
from askorac.testing.programs import Program, new_program
from knowledge.models import VectorChoice


def is_sealed(customer: Customer) -> bool:
    with tenant(customer.id):
        return VectorChoice.objects.filter(is_sealed=True).exists()


def test_owner_seals_vectors_and_stops_it(organization: Customer) -> None:
    client = browser(organization.owner)
    path = "/app/organization/encryption/vectors/"
    assert "Seal vectors" in client.get(path).content.decode()
    client.post(f"{path}choose/", {"sealed": "yes"})
    assert is_sealed(organization)
    part = client.get(path, headers={"HX-Request": "true"}).content.decode()
    assert ("Stop sealing vectors" in part, "<html" in part) == (True, False)
    client.post(f"{path}choose/", {"sealed": "no"})
    assert not is_sealed(organization)


def test_page_on_encryption_leads_there(organization: Customer) -> None:
    page = browser(organization.owner).get("/app/organization/encryption/").content.decode()
    assert 'hx-get="/app/organization/encryption/vectors/"' in page


def test_program_seals_vectors(organization: Customer) -> None:
    api = new_program(organization)
    told = api("GET", "encryption/vectors/").json()
    nothing = {"is_wanted": False, "is_going_on": False, "done": 0, "total": 0, "reason": ""}
    assert told == nothing
    answer = api("POST", "encryption/vectors/", {"is_wanted": True})
    assert (answer.status_code, answer.json()) == (
        200,
        nothing | {"is_wanted": True, "is_going_on": True},
    )
    assert is_sealed(organization)
    for wrong in ({}, {"is_wanted": 0}, {"is_wanted": "no"}, {"is_wanted": None}):
        assert api("POST", "encryption/vectors/", wrong).status_code == 400
    assert is_sealed(organization)


def test_reading_program_learns_nothing_of_it(organization: Customer) -> None:
    api: Program = new_program(organization, rights="read")
    assert api("GET", "encryption/vectors/").status_code == 403
