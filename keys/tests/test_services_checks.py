"""What the checks say of a key service before anything is sealed."""

import base64
import os
from pathlib import Path

import pytest
from django.conf import settings

from keys.checks import check_key_service
from keys.services import addresses


@pytest.fixture(autouse=True)
def nothing_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KMS_KEY", "KMS_TOKEN", "KMS_ROLE_ID", "KMS_SECRET_ID"):
        monkeypatch.delenv(name, raising=False)
    addresses._service.cache_clear()
    monkeypatch.setattr(settings, "DEVELOPMENT", False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    return folder


def found(monkeypatch: pytest.MonkeyPatch, url: str) -> list[str | None]:
    monkeypatch.setattr(settings, "KMS_URL", url)
    return [error.id for error in check_key_service(None)]


def put_root(folder: Path) -> None:
    (folder / "root").write_bytes(base64.b64encode(os.urandom(32)))
    (folder / "root").chmod(0o600)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", "orac.E020"),
        ("keys", "orac.E021"),
        ("local://", "orac.E021"),
        ("local:///", "orac.E021"),
        ("local:///nowhere/at/all", "orac.E021"),
        ("http://127.0.0.1:8200/transit", "orac.E021"),
        ("openbao+http://10.0.0.1:8200/transit", "orac.E021"),
        ("openbao+https://token:secret@bao.example/transit", "orac.E021"),
        ("openbao+https://bao.example/transit", "orac.E023"),
        ("awskms://eu-central-1", "orac.E021"),
        ("gcpkms://projects/x", "orac.E021"),
    ],
)
def test_addresses_that_will_not_do(
    monkeypatch: pytest.MonkeyPatch, url: str, expected: str
) -> None:
    assert found(monkeypatch, url) == [expected]


def test_addresses_that_will(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    put_root(folder)
    monkeypatch.setenv("KMS_TOKEN", "s.token")
    for url in (
        f"local://{folder}",
        "openbao+https://bao.example/transit",
        "vault+https://vault.example:8200/team/transit?namespace=admin/one",
        "openbao+http://localhost:8200/transit",
        "awskms://eu-central-1/alias/askorac",
    ):
        assert found(monkeypatch, url) == []


def test_a_root_key_is_never_made_outside_development(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    assert found(monkeypatch, f"local://{folder}") == ["orac.E021"]
    assert list(folder.iterdir()) == []


def test_a_root_key_that_others_can_read(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    put_root(folder)
    (folder / "root").chmod(0o640)
    assert found(monkeypatch, f"local://{folder}") == ["orac.E021"]


def test_a_root_key_of_the_environment(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("KMS_KEY", base64.b64encode(os.urandom(32)).decode())
    assert found(monkeypatch, f"local://{folder}") == []
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("key", ["", "short", "bm90IDMyIGJ5dGVz"], ids=["none", "text", "short"])
def test_root_keys_that_are_none(monkeypatch: pytest.MonkeyPatch, folder: Path, key: str) -> None:
    (folder / "root").write_text(key)
    (folder / "root").chmod(0o600)
    assert found(monkeypatch, f"local://{folder}") == ["orac.E021"]
    if key:
        monkeypatch.setenv("KMS_KEY", key)
        addresses._service.cache_clear()
        assert found(monkeypatch, f"local://{folder}") == ["orac.E021"]


def test_keys_among_the_files_that_they_seal(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    put_root(folder)
    place = {"OPTIONS": {"location": folder.parent}}
    monkeypatch.setattr(settings, "STORAGES", {**settings.STORAGES, "default": place})
    assert found(monkeypatch, f"local://{folder}") == ["orac.E022"]
