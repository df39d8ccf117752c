"""No answer of any endpoint or page holds five characters of a stored provider key, or of the
token of a customer's own key service."""

from __future__ import annotations

import asyncio
import re
from contextlib import closing
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from askorac.tenancy.context import tenant
from askorac.testing.doors import Door, walk
from askorac.testing.pages import browser
from askorac.testing.people import Customer
from askorac.testing.programs import new_program
from askorac.tests.test_doors import ids_of
from askorac.web.late import LateResponse
from keys.layers import Layers, Reach, access_cipher, seal_reach
from keys.models import OwnKeyService, ProviderKey, Purpose
from keys.own_accounts import fingerprint_of
from keys.services import Access
from keys.vault import new_key
from projects.models import User

from .bodies import operations

pytestmark = pytest.mark.long

KEY = "sk-Qv7Zk3Xw9Jp2Lm8Rt5Yb1Nc6Hd4Gf"
TOKEN = "hvs.Wf8Gs2Tq6Xe4Uj0Oz3Vi7Ka9Ml1"
NOWHERE = "http://127.0.0.1:9/v1"  # private, and so refused before anything is sent
TYPED = {"provider": "openai", "label": "Mine", "key": KEY, "token": TOKEN, "secret": TOKEN}
VERBS = ("GET", "POST", "PATCH", "DELETE")
LAST = re.compile("delete|remove|revoke|logout|release|password|email|destroy|leave")
# What an endpoint does not answer without.
ASKED = {"/api/v1/projects/{project_id}/conversations/": "visitor=Ada"}
PARTS = [secret[at : at + 5] for secret in (KEY, TOKEN) for at in range(len(secret) - 4)]


def told(text: str) -> list[str]:
    return [part for part in PARTS if part in text]


def text_of(response: Any) -> str:
    """All that is answered: headers, cookies and the body, however it is sent."""
    with closing(response):
        if isinstance(response, LateResponse):
            body = asyncio.run(body_of(response))
        else:
            parts = response.streaming_content if response.streaming else [response.content]
            body = b"".join(parts)
    head = f"{response.status_code} {dict(response.headers)} {response.cookies.output()}"
    return f"{head} {body.decode('utf-8', 'replace')}"


async def body_of(response: LateResponse) -> bytes:
    return b"".join([part async for part in response.parts])


def stored(customer: Customer) -> dict[str, Any]:
    """Ids for every address, the provider key's being one with a key in it."""
    now = timezone.now()
    with tenant(customer.id):
        row = ProviderKey(
            provider="openai",
            label="Account",
            last_four=KEY[-4:],
            base_url=NOWHERE,
            fingerprint=fingerprint_of(customer.id, "openai", NOWHERE, KEY),
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


def doors(route: str) -> list[Door]:
    """Those below a route whose parameters are known; what leads out or destroys comes last."""
    found = [door for door in walk() if door.route.startswith(route) and not door.unknown()]
    return sorted(found, key=lambda door: bool(LAST.search(door.name)))


def test_no_page_tells_five_characters(organization: Customer) -> None:
    ids, owner = stored(organization), browser(organization.owner)
    found = [*doors("app/"), *doors("accounts/"), *doors("chat/")]
    assert len(found) > 60
    for door in found:
        path = door.path(ids)
        assert (door.name, told(text_of(owner.get(path)))) == (door.name, [])
    for door in found:
        for kind in ("page", "fragment"):
            headers = {"X-Fragment": "dialog"} if kind == "fragment" else {}
            answer = owner.post(door.path(ids), TYPED, headers=headers)
            assert (door.name, told(text_of(answer))) == (door.name, [])


def test_no_endpoint_tells_five_characters(organization: Customer) -> None:
    ids, program = stored(organization), new_program(organization)
    every = sorted(operations(TYPED), key=lambda each: VERBS.index(each.method))
    assert {each.method for each in every} == set(VERBS)
    for each in every:
        path = each.path.removeprefix("/api/v1/")
        for name, value in ids.items():
            path = path.replace(f"{{{name}}}", str(value))
        assert "{" not in path
        answer = program(each.method, f"{path}?{ASKED.get(each.path, '')}", each.body)
        assert (each, answer.status_code < 500 or answer.status_code == 503) == (each, True)
        assert (each, told(text_of(answer))) == (each, [])


def test_no_page_of_staff_tells_five_characters(organization: Customer) -> None:
    ids = stored(organization)
    email = f"{uuid4().hex}@askorac.example"
    user = User.objects.create_superuser(email, "correct-horse-battery", name="Sam")
    staff = browser(user, method="mfa")
    own = {name.removesuffix("_id").replace("_", ""): value for name, value in ids.items()}
    asked = 0
    for door in walk():
        if not door.name.startswith("admin:") or re.search(r"\(|app_list|logout", door.name):
            continue
        model = door.name.split("_")[1] if "_" in door.name else ""
        keys = [str(own.get(model, organization.id)) for _ in door.parameters]
        path = reverse(door.name, args=keys)
        searched = f"{path}?q={organization.id}" if door.name.endswith("changelist") else path
        for answer in (staff.get(searched), staff.post(path)):
            assert (door.name, told(text_of(answer))) == (door.name, [])
        asked += 1
    assert asked > 30
    model = ProviderKey._meta
    page = reverse(f"admin:{model.app_label}_{model.model_name}_changelist")
    assert str(organization.id) in text_of(staff.get(page))


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
