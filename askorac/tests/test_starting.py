"""What stops a start: each unsafe setting by itself, and all of them in each process."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import Error
from django.core.management import call_command
from django.db import connections

from askorac.environment import BASE_DIR
from askorac.health import starting
from askorac.net.addresses import networks_of
from askorac.recovery import dumping
from askorac.tenancy.ways import WayInClear

SAFE: dict[str, Any] = {
    "DEVELOPMENT": False,
    "DEBUG": False,
    "SECRET_KEY": "Tq1y8Zr0wCkV6mJxN4bLs9EaUfHdGpQo",
    "PUBLIC_URL": "https://assistant.example.com",
    "SECURE": True,
    "ALLOWED_HOSTS": ["assistant.example.com"],
    "TRUSTED_PROXIES": networks_of("127.0.0.1,10.0.0.0/8"),
    "REDIS_URL": "rediss://:word@cache:6379/0?ssl_cert_reqs=required",
    "KMS_URL": "openbao+https://bao:8200/transit",
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "EMAIL_HOST": "mail.example.com",
    "EMAIL_USE_TLS": True,
    "EMAIL_USE_SSL": False,
    "DATABASES": {
        "default": {"HOST": "db", "PASSWORD": "word", "OPTIONS": {"sslmode": "verify-full"}}
    },
    "STORAGES": {"default": {"OPTIONS": {"use_ssl": True, "endpoint_url": "https://s3:9000"}}},
    "SECRET_KEY_FALLBACKS": [],
    "OPENAI_BASE_URL": "https://models.example.com/v1",
}


def database(**changed: Any) -> dict[str, Any]:
    return {"default": {**SAFE["DATABASES"]["default"], **changed}}


def storage(endpoint: str | None) -> dict[str, Any]:
    return {"default": {"OPTIONS": {"use_ssl": False, "endpoint_url": endpoint}}}


UNSAFE: list[tuple[str, dict[str, Any]]] = [
    ("orac.E031", {"DEBUG": True}),
    ("orac.E032", {"DEVELOPMENT": True}),
    ("orac.E033", {"SECRET_KEY": "django-insecure-0123456789abcdefghijklmnopqrst"}),
    ("orac.E033", {"SECRET_KEY": "Change-me-0123456789abcdefghijklmnopqrstuvw"}),
    ("orac.E034", {"SECRET_KEY": "Tq1y8Zr0wCkV6mJxN4b"}),
    ("orac.E034", {"SECRET_KEY": "xyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxy"}),
    ("orac.E035", {"REDIS_URL": ""}),
    ("orac.E036", {"DATABASES": database(PASSWORD="")}),
    ("orac.E037", {"DATABASES": database(OPTIONS={})}),
    ("orac.E037", {"DATABASES": database(OPTIONS={"sslmode": "require"})}),
    ("orac.E038", {"REDIS_URL": "redis://:word@cache:6379/0"}),
    ("orac.E038", {"REDIS_URL": "rediss://:word@cache:6379/0?ssl_cert_reqs=none"}),
    ("orac.E038", {"EMAIL_USE_TLS": False}),
    ("orac.E038", {"STORAGES": storage("http://s3:9000")}),
    ("orac.E038", {"STORAGES": storage(None)}),
    ("orac.E038", {"KMS_URL": "openbao+http://bao:8200/transit"}),
    ("orac.E039", {"PUBLIC_URL": "http://assistant.example.com", "SECURE": False}),
    ("orac.E040", {"ALLOWED_HOSTS": ["*"]}),
    ("orac.E041", {"TRUSTED_PROXIES": ()}),
    ("orac.E042", {"TRUSTED_PROXIES": networks_of("0.0.0.0/0")}),
    ("orac.E042", {"TRUSTED_PROXIES": networks_of("127.0.0.1,128.0.0.0/1")}),
    ("orac.E042", {"TRUSTED_PROXIES": networks_of("::/0")}),
    ("orac.E033", {"SECRET_KEY_FALLBACKS": ["changeme"]}),
    ("orac.E034", {"SECRET_KEY_FALLBACKS": [SAFE["SECRET_KEY"], "Tq1y8Zr0wCkV6mJxN4b"]}),
    ("orac.E037", {"DATABASES": database(HOST="127.0.0.1", OPTIONS={"hostaddr": "10.2.3.4"})}),
    ("orac.E037", {"DATABASES": database(HOST="127.0.0.1,10.2.3.4", OPTIONS={})}),
    ("orac.E037", {"DATABASES": database(HOST="", OPTIONS={"service": "far"})}),
    ("orac.E038", {"REDIS_URL": "rediss://:word@cache:6379/0?ssl_check_hostname=false"}),
    ("orac.E038", {"REDIS_URL": "rediss://c:1/0?ssl_cert_reqs=none&ssl_cert_reqs=required"}),
    ("orac.E038", {"REDIS_URL": "redis:///0?host=10.2.3.4"}),
    ("orac.E038", {"OPENAI_BASE_URL": "http://models.example.com/v1"}),
    ("orac.E038", {"ANTHROPIC_BASE_URL": "http://10.2.3.4"}),
    ("orac.E038", {"GEMINI_BASE_URL": "http://models.example.com"}),
    ("orac.E040", {"ALLOWED_HOSTS": ["assistant.example.com", ".com"]}),
    ("orac.E042", {"TRUSTED_PROXIES": networks_of("127.0.0.1,8.0.0.0/8")}),
    ("orac.E042", {"TRUSTED_PROXIES": networks_of("::/16")}),
    ("orac.E042", {"TRUSTED_PROXIES": networks_of("2000::/16")}),
]
HERE: list[dict[str, Any]] = [
    {"DATABASES": database(HOST="127.0.0.1", OPTIONS={})},
    {"DATABASES": database(HOST="/var/run/postgresql", OPTIONS={}, PASSWORD="")},
    {"DATABASES": database(HOST="::1", OPTIONS={})},
    {"REDIS_URL": "redis://:word@localhost:6379/0"},
    {"REDIS_URL": "unix:///run/valkey.sock"},
    {"EMAIL_USE_TLS": False, "EMAIL_HOST": "localhost"},
    {"STORAGES": storage("http://127.0.0.1:9000")},
    {"STORAGES": {"default": {"OPTIONS": {"location": Path("/srv")}}}},
    {"KMS_URL": "local:///var/lib/keys"},
    {"OPENAI_BASE_URL": "http://127.0.0.1:11434/v1"},
    {"ALLOWED_HOSTS": [".example.com"]},
    {"TRUSTED_PROXIES": networks_of("10.0.0.0/8,fd00::/8,104.16.0.0/13,2a06:98c0::/29")},
    {"PUBLIC_URL": "http://localhost:8000", "SECURE": False, "TRUSTED_PROXIES": ()},
]


def found(monkeypatch: pytest.MonkeyPatch, **changed: Any) -> list[Error]:
    for name, value in {**SAFE, **changed}.items():
        monkeypatch.setattr(settings, name, value)
    return [error for error in starting.check_deployment(None) if isinstance(error, Error)]


@pytest.mark.parametrize(("code", "changed"), UNSAFE, ids=range(len(UNSAFE)))
def test_unsafe_setting_is_found_and_what_to_do_is_said(
    monkeypatch: pytest.MonkeyPatch, code: str, changed: dict[str, Any]
) -> None:
    (error,) = found(monkeypatch, **changed)
    assert (error.id, bool(error.hint)) == (code, True)
    assert "word" not in error.msg.replace("password", "")


@pytest.mark.parametrize("changed", [{}, *HERE], ids=range(len(HERE) + 1))
def test_what_stays_on_this_machine_may_be_in_clear(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any]
) -> None:
    assert found(monkeypatch, **changed) == []


@pytest.mark.parametrize(
    ("address", "errors"), [("http://localhost:8000", 0), ("http://assistant.example.com", 1)]
)
def test_development_stays_on_one_machine(
    monkeypatch: pytest.MonkeyPatch, address: str, errors: int
) -> None:
    monkeypatch.setattr(settings, "PUBLIC_URL", address)
    assert len(starting.check_development(None)) == errors


@pytest.mark.parametrize("name", starting.OF_COMMANDS)
def test_login_of_a_command_is_looked_at_like_those_of_processes(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "postgresql://orac:word@db.example.com/askorac")
    (error,) = found(monkeypatch)
    assert (error.id, name in error.msg, "sslmode=verify-full" in str(error.hint)) == (
        "orac.E037",
        True,
        True,
    )
    monkeypatch.setenv(name, "postgresql://orac:word@db.example.com/askorac?sslmode=verify-full")
    assert found(monkeypatch) == []


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("DATABASE_OWNER_URL", ["migrate", "--plan"]),
        ("DATABASE_BACKUP_URL", ["backup", "."]),
        ("DATABASE_SUPERUSER_URL", ["restore", "."]),
        ("DATABASE_SUPERUSER_URL", ["restore_drill", "."]),
        ("DATABASE_SUPERUSER_URL", ["bootstrap_sql", "--apply"]),
    ],
    ids=["migrate", "backup", "restore", "restore_drill", "bootstrap_sql"],
)
def test_command_does_not_begin_to_speak_in_clear_to_another_machine(
    monkeypatch: pytest.MonkeyPatch, name: str, command: list[str]
) -> None:
    """By an address of documentation: a packet to it would be waited for without end."""
    far = "postgresql://orac_owner:word@192.0.2.1/askorac"
    monkeypatch.setenv(name, far)
    monkeypatch.setattr(settings, "DEVELOPMENT", False)
    monkeypatch.setitem(connections["owner"].settings_dict, "HOST", "192.0.2.1")
    monkeypatch.setitem(connections["owner"].settings_dict, "OPTIONS", {})
    connections["owner"].close()
    with pytest.raises(WayInClear, match="is on another machine, and TLS to it is not verified"):
        call_command(*command)


def test_dump_of_a_far_database_never_goes_by_the_program_without_tls() -> None:
    near = "postgresql://orac_backup:word@127.0.0.1/askorac"
    assert dumping.is_near(near)
    for far in (
        near.replace("127.0.0.1", "db.example.com"),
        f"{near}?hostaddr=10.2.3.4",
        f"{near}?host=db.example.com",
        f"{near}?sslmode=verify-full",
    ):
        assert not dumping.is_near(far)


def test_no_process_starts_with_unsafe_settings() -> None:
    """As the Redis of the tests, on loopback, and a database that nobody should have to reach."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DEVELOPMENT", "ASKORAC_AS_OWNER"}
    }
    unsafe = {
        **kept,
        "SECRET_KEY": "django-insecure-0123456789abcdefghijklmnopqrst",
        "PUBLIC_URL": "https://assistant.example.com",
        "TRUSTED_PROXIES": "0.0.0.0/0",
        "LOG_FORMAT": "line",
    }
    starts = {
        name: subprocess.Popen(
            ["deploy/run", name],
            cwd=BASE_DIR,
            env=unsafe,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for name in ("web", "worker", "beat", "indexer")
    }
    for name, start in starts.items():
        said, _ = start.communicate(timeout=300)
        assert start.returncode == 1, (name, said)
        for code in ("orac.E033", "orac.E042"):
            assert code in said, (name, said)


def test_superuser_in_the_place_of_the_app_stops_a_start() -> None:
    unsafe = {**os.environ, "LOG_FORMAT": "line"}
    unsafe["DATABASE_URL"] = unsafe["DATABASE_URL"].replace("//orac_app:", "//postgres:")
    said = subprocess.run(
        [sys.executable, "manage.py", "serve"],
        cwd=BASE_DIR,
        env=unsafe,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert said.returncode == 1
    assert "Its address must log in as orac_app." in said.stderr
