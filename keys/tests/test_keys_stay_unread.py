"""No answer of any endpoint or page holds five characters of a stored provider key, or of the
token of a customer's own key service."""

from __future__ import annotations

from contextlib import closing
from typing import Any
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from askorac.tenancy.context import tenant
from askorac.testing.doors import walk
from askorac.testing.pages import browser
from askorac.testing.people import Customer
from askorac.testing.programs import new_program
from askorac.tests.test_doors import ids_of
from keys.layers import Layers, Reach, access_cipher, seal_reach
from keys.models import OwnKeyService, ProviderKey, Purpose
from keys.services import Access
from keys.vault import new_key

KEY = "sk-Qv7Zk3Xw9Jp2Lm8Rt5Yb1Nc6Hd4Gf"
TOKEN = "hvs.Wf8Gs2Tq6Xe4Uj0Oz3Vi7Ka9Ml1"
PARTS = [secret[at : at + 5] for secret in (KEY, TOKEN) for at in range(len(secret) - 4)]


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
    _store_token(customer)
    return ids_of(customer)


def _store_token(customer: Customer) -> None:
    """A key service of the customer's own, which wraps nothing yet."""
    reach = Reach("openbao+https://vault.example:8200/transit/keys/one", Access(secret=TOKEN))
    now, service_id = timezone.now(), uuid4()
    made = new_key(Layers(customer.id, None), Purpose.ACCESS, seals_from=now, now=now)
    version, cipher = access_cipher(customer.id, [made])
    with tenant(customer.id):
        made.save()
        OwnKeyService.objects.create(
            id=service_id,
            kind="openbao",
            sealed_access=seal_reach(
                version, cipher, reach, organization_id=customer.id, service_id=service_id
            ),
            chosen_at=now,
            changed_at=now,
        )


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
        cursor.execute(
            "SELECT k::text FROM keys_providerkey k UNION ALL"
            " SELECT s::text FROM keys_ownkeyservice s"
        )
        rows = [row[0] for row in cursor.fetchall()]
    assert (len(rows), told("".join(rows))) == (2, [])
