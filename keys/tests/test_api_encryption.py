"""/api/v1/encryption/: what programs are told of an organization's keys, and may do with them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from askorac.sealing import keyrings
from askorac.testing.openbao import OpenBao
from askorac.testing.people import Customer, new_project
from askorac.testing.programs import Program, new_program
from keys.resealing import RESEAL
from keys.rewrapping import REWRAP
from keys.tests.own_service import Holding, holding
from keys.tests.sealed_rows import COUNT, do, forget_trail, pass_time, seal_rows
from projects.api_access import OWNERS_ONLY

__all__ = ["holding"]

SERVICE = "encryption/key-service/"


def body_of(holding: Holding, **changed: str) -> dict[str, str]:
    return {"address": holding.wanted.address, "secret": holding.token, **changed}


def reads(program: Program) -> Any:
    answer = program("GET", "encryption/")
    assert answer.status_code == 200
    return answer.json()


def test_state_of_keys_that_nobody_has_touched(organization: Customer) -> None:
    seal_rows(organization)
    told = reads(new_program(organization))
    versions = told.pop("versions")
    assert [(each["version"], each["use"]) for each in versions] == [(1, "seals")]
    assert told.pop("rotates_at") > versions[0]["created_at"]
    assert told == {
        "state": "available",
        "sentence": "",
        "since": None,
        "installation": "a folder of keys",
        "own_service": None,
        "resealing": None,
        "rewrapping": None,
    }


def test_data_key_is_rotated_and_progress_is_told(organization: Customer) -> None:
    seal_rows(organization)
    program = new_program(organization)
    answer = program("POST", "encryption/data-key/rotate/")
    assert answer.status_code == 200
    uses = [(each["version"], each["use"]) for each in answer.json()["versions"]]
    assert uses == [(2, "next"), (1, "seals")]
    assert answer.json()["resealing"]["state"] == "queued"
    pass_time(organization, hours=2)
    forget_trail(organization)
    do(organization, RESEAL)
    told = reads(program)
    assert [(each["version"], each["use"]) for each in told["versions"]] == [(2, "seals")]
    assert told["resealing"]["state"] == "ready"
    assert told["resealing"]["done"] == told["resealing"]["total"] >= COUNT


def test_wrapping_key_is_rotated(organization: Customer) -> None:
    program = new_program(organization)
    answer = program("POST", "encryption/wrapping-key/rotate/")
    assert (answer.status_code, answer.json()["rewrapping"]["state"]) == (200, "queued")
    assert do(organization, REWRAP).state == "ready"


def test_service_is_checked_chosen_and_left(holding: Holding) -> None:
    program = new_program(holding.customer)
    assert program("POST", f"{SERVICE}check/", body_of(holding)).status_code == 204
    assert reads(program)["own_service"] is None
    chosen = program("POST", SERVICE, body_of(holding))
    assert chosen.status_code == 200
    assert chosen.json()["own_service"]["is_in_place"] is False
    do(holding.customer, REWRAP)
    service = reads(program)["own_service"]
    assert (service["kind"], service["is_in_place"]) == ("openbao", True)
    assert service["address"] == holding.wanted.address
    assert program("DELETE", SERVICE).status_code == 204
    do(holding.customer, REWRAP)
    assert reads(program)["own_service"] is None
    assert program("DELETE", SERVICE).status_code == 204


@pytest.mark.parametrize("path", [SERVICE, f"{SERVICE}check/"])
def test_service_that_refuses_is_told_under_its_field(holding: Holding, path: str) -> None:
    answer = new_program(holding.customer)("POST", path, body_of(holding, secret="bao.wrong"))
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["secret"])
    assert "bao.wrong" not in answer.content.decode()


def test_revoked_key_is_told_and_only_what_needs_it_is_refused(
    holding: Holding, openbao: OpenBao
) -> None:
    holding.choose()
    program = new_program(holding.customer)
    openbao.disable_key(holding.key)
    told = program("POST", "encryption/check/").json()
    assert (told["state"], bool(told["sentence"]), bool(told["since"])) == ("revoked", True, True)
    assert told["own_service"]["address"] == holding.wanted.address
    for method, path in (
        ("POST", "encryption/data-key/rotate/"),
        ("POST", "encryption/wrapping-key/rotate/"),
        ("DELETE", SERVICE),
    ):
        refused = program(method, path)
        assert (refused.status_code, refused.json()["code"]) == (423, "key_revoked")
    openbao.enable_key(holding.key)
    assert program("POST", "encryption/check/").json()["state"] == "available"


def test_no_answer_has_a_credential(holding: Holding) -> None:
    holding.choose()
    program = new_program(holding.customer)
    for method, path in (("GET", "encryption/"), ("POST", "encryption/check/"), ("GET", "")):
        assert holding.token not in program(method, path).content.decode()
    answer = program("POST", SERVICE, body_of(holding))
    assert holding.token not in answer.content.decode() + json.dumps(dict(answer.headers))
    audit = _trail(holding.customer)
    assert audit
    assert all(holding.token not in each for each in audit)


def _trail(customer: Customer) -> list[str]:
    from askorac.tenancy.context import tenant
    from projects.models import AuditEvent

    with tenant(customer.id):
        return [str(event.__dict__) for event in AuditEvent.objects.all()]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "encryption/"),
        ("POST", "encryption/check/"),
        ("POST", "encryption/data-key/rotate/"),
        ("POST", "encryption/wrapping-key/rotate/"),
        ("POST", SERVICE),
        ("DELETE", SERVICE),
        ("POST", f"{SERVICE}check/"),
    ],
)
def test_key_that_may_only_read_or_is_one_project_s_is_refused(
    organization: Customer, method: str, path: str
) -> None:
    reader = new_program(organization, rights="read")
    of_project = new_program(organization, project=new_project(organization))
    for program in (reader, of_project):
        assert program(method, path).status_code == 403
    assert Program()(method, path).status_code == 401
    assert Program()("PATCH", path).status_code in {401, 405}


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_key_service_is_changed_by_keys_of_owners_only(holding: Holding, method: str) -> None:
    program = new_program(holding.customer, is_owners=False)
    made = program("POST", "api-keys/", {"name": "One of its own", "rights": "write"})
    for each in (program, Program(made.json()["key"])):
        answer = each(method, SERVICE, body_of(holding) if method == "POST" else None)
        assert (answer.status_code, answer.json()["detail"]) == (403, OWNERS_ONLY)
    owners = new_program(holding.customer)
    made = owners("POST", "api-keys/", {"name": "Another", "rights": "write"})
    assert Program(made.json()["key"])("DELETE", SERVICE).status_code == 204


def test_strangers_keys_are_their_own(organization: Customer, stranger: Customer) -> None:
    new_program(stranger)("POST", "encryption/data-key/rotate/")
    keyrings.of(organization.id)
    assert [each["version"] for each in reads(new_program(organization))["versions"]] == [1]
