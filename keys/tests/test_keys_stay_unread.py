"""No answer of any endpoint or page holds five characters of a stored provider key."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from django.db import connection
from django.utils import timezone

from askorac.tenancy.context import tenant
from askorac.testing.doors import walk
from askorac.testing.pages import browser
from askorac.testing.people import Customer
from askorac.testing.programs import new_program
from askorac.tests.test_doors import ids_of
from keys.models import ProviderKey

KEY = "sk-Qv7Zk3Xw9Jp2Lm8Rt5Yb1Nc6Hd4Gf"
PARTS = [KEY[at : at + 5] for at in range(len(KEY) - 4)]


def told(text: str) -> list[str]:
    return [part for part in PARTS if part in text]


def text_of(response: Any) -> str:
    with closing(response):
        parts = response.streaming_content if response.streaming else [response.content]
        return b"".join(parts).decode("utf-8", "replace") if not hasattr(parts, "__anext__") else ""


def stored(customer: Customer) -> dict[str, Any]:
    """Ids for every address, the provider key's being one with a key in it."""
    now = timezone.now()
    with tenant(customer.id):
        row = ProviderKey(
            provider="openai",
            label="Account",
            last_four=KEY[-4:],
            fingerprint="0123456789abcdef",
            set_by="Ada",
            set_at=now,
            created_at=now,
        )
        row.key = KEY
        row.save()
    return ids_of(customer)


def test_no_page_and_no_endpoint_tells_five_characters(organization: Customer) -> None:
    ids = stored(organization)
    owner, program = browser(organization.owner), new_program(organization)
    asked = 0
    for door in walk():
        if door.unknown() or not door.route.startswith(("app/", "api/v1/")):
            continue
        path = door.path(ids)
        if door.route.startswith("app/"):
            text = text_of(owner.get(path))
        else:
            text = text_of(program("GET", path.removeprefix("/api/v1/")))
        assert (door.name, told(text)) == (door.name, [])
        asked += 1
    assert asked > 30


def test_refused_form_does_not_send_the_key_back(organization: Customer) -> None:
    typed = {"provider": "anthropic", "label": "Mine", "key": KEY}
    answer = browser(organization.owner).post("/app/organization/provider-keys/", typed)
    assert (answer.status_code, told(answer.content.decode())) == (422, [])
    assert "This looks like a key for OpenAI" in answer.content.decode()
    assert 'value="Mine"' in answer.content.decode()


def test_refused_request_does_not_send_the_key_back(organization: Customer) -> None:
    program = new_program(organization)
    body = {"provider": "anthropic", "label": "Mine", "key": KEY}
    answer = program("POST", "provider-keys/", body)
    assert (answer.status_code, told(answer.content.decode())) == (400, [])
    assert list(answer.json()["errors"]) == ["key"]


def test_database_holds_no_part_of_the_key(organization: Customer) -> None:
    stored(organization)
    with tenant(organization.id), connection.cursor() as cursor:
        cursor.execute("SELECT k::text FROM keys_providerkey k")
        rows = [row[0] for row in cursor.fetchall()]
    assert (len(rows), told("".join(rows))) == (1, [])
