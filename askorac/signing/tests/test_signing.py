"""Signing: what holds, what does not, by which keys, and who may touch the key."""

import base64
import pickle
from io import StringIO

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.utils import IntegrityError, ProgrammingError
from django.test import Client
from django.utils import timezone

from askorac.sealing import KeysAway
from askorac.signing import live, wrapping
from askorac.signing.canonical import canonical
from askorac.signing.models import SigningKey
from askorac.signing.signatures import BadSignature, sign, verify

DOCUMENT = {"type": "askorac.test", "n": 3, "words": ["ä", "\n"], "none": None}


def test_signed_document_is_verified_and_a_changed_one_is_not() -> None:
    given = sign(DOCUMENT).as_dict()
    assert verify(given) == DOCUMENT
    for broken in (
        {**given, "document": {**DOCUMENT, "n": 4}},
        {**given, "signature": base64.b64encode(bytes(64)).decode()},
        {**given, "key_id": "0" * 16},
    ):
        with pytest.raises(BadSignature):
            verify(broken)


def test_canonical_spelling() -> None:
    spelled = canonical({"b": [1, True, None], "a": 'é"\\\x01\n'})
    assert spelled == '{"a":"é\\"\\\\\\u0001\\n","b":[1,true,null]}'.encode()
    for unspeakable in ({"a": 0.5}, {"a": [{"b": 1.0}]}, {1: "a"}):
        with pytest.raises(TypeError):
            canonical(unspeakable)


def test_document_without_a_type() -> None:
    with pytest.raises(ValueError, match="type"):
        sign({"n": 1})


def test_key_is_made_once_and_its_seed_lies_wrapped() -> None:
    first = live.live_key()
    live._kept = None
    assert live.live_key().key_id == first.key_id
    row = SigningKey.objects.get()
    assert first.private.private_bytes_raw() not in bytes(row.wrapped_seed)
    assert "private" not in repr(first)
    with pytest.raises(TypeError):
        pickle.dumps(first)


def test_app_role_putting_another_key_in_its_place() -> None:
    live.live_key()
    with pytest.raises(IntegrityError):
        SigningKey(
            key_id="f" * 16, public_key=b"x", wrapped_seed=b"x", created_at=timezone.now()
        ).save(force_insert=True)
    for statement in (
        "UPDATE signing_signingkey SET public_key = ''",
        "DELETE FROM signing_signingkey",
        "INSERT INTO signing_formersigningkey VALUES ('a', '', now(), now())",
    ):
        with pytest.raises(ProgrammingError) as refused, transaction.atomic():
            connection.cursor().execute(statement)
        assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)


def test_another_key_signs_and_what_the_former_signed_still_holds() -> None:
    before = sign(DOCUMENT).as_dict()
    told = StringIO()
    call_command("rotate_signing_key", stdout=told)
    after = sign(DOCUMENT).as_dict()
    assert after["key_id"] in told.getvalue()
    assert after["key_id"] != before["key_id"]
    assert verify(before) == verify(after) == DOCUMENT
    keys = (
        Client(SERVER_NAME="localhost").get("/.well-known/askorac-signing-keys.json").json()["keys"]
    )
    assert keys[0]["key_id"] == after["key_id"]
    assert keys[0]["retired_at"] is None
    assert {key["key_id"] for key in keys if key["retired_at"]} >= {before["key_id"]}


def test_key_service_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    live.live_key()
    monkeypatch.setattr(live, "_kept", None)
    monkeypatch.setattr(wrapping, "_service", None)
    with pytest.raises(KeysAway):
        sign(DOCUMENT)
