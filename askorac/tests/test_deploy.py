"""An installation as `deploy/` starts it, from outside: TLS, the proxy, streams, engines."""

import json
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import psycopg
import pytest
from redis import Redis, RedisError
from websockets.asyncio.client import connect
from websockets.typing import Origin

from askorac.evidence.outside import look_from_outside
from askorac.testing.installation import Installation, running_installation
from askorac.testing.openai_server import Behaviour, running_openai_server
from askorac.testing.proxy import find_scanner
from askorac.testing.sockets import SUBPROTOCOL, Visitor
from askorac.testing.waiting import TRIES

pytestmark = pytest.mark.long

TOKEN_SECONDS = 0.15
ANSWER = "The ferry leaves from pier three at noon [1]. Come early, for it fills."
REFUSALS = 8
NEW_PROJECT = """
import time
from django.utils import timezone
from askorac.jobs.models import Job
from askorac.tenancy.context import tenant
from askorac.testing.people import new_customer, new_project
from knowledge.sources import add_text
from projects.lifecycle import set_allowed_domains
customer = new_customer("Harbour")
project = new_project(customer)
now = timezone.now()
with tenant(customer.id):
    set_allowed_domains(project=project, domains=["shop.example"], by=customer.actor, now=now)
    text = "The ferry leaves from pier three at noon."
    add_text(project=project, title="Ferry", text=text, by=customer.actor, now=now)
for _ in range(3000):
    with tenant(customer.id):
        if Job.objects.filter(state="ready").exists():
            break
    time.sleep(0.1)
else:
    raise SystemExit("The worker did not read the document.")
print(project.public_key)
"""


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    behaviour = Behaviour(text=ANSWER, token_seconds=TOKEN_SECONDS)
    with (
        running_openai_server(behaviour) as provider,
        running_installation(
            tmp_path_factory.mktemp("deploy"),
            OPENAI_API_KEY="sk-test",
            OPENAI_BASE_URL=provider.base_url,
            EMBEDDING_MODEL="local",
            API_REFUSALS_A_MINUTE=str(REFUSALS),
        ) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def trust(installation: Installation) -> ssl.SSLContext:
    """What a visitor's browser trusts."""
    return ssl.create_default_context(cafile=str(installation.authority))


@pytest.fixture(scope="module")
def public_key(installation: Installation) -> str:
    """A project with a document, which the worker has read."""
    made = installation.run("manage", "shell", "--no-imports", "--command", NEW_PROJECT)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def test_doctor_finds_everything_well(installation: Installation, public_key: str) -> None:
    trusted = str(installation.authority)
    examined = installation.run("manage", "doctor", service="migrate", SSL_CERT_FILE=trusted)
    assert examined.returncode == 0, examined.stdout + examined.stderr
    assert examined.stdout.splitlines()[-1] == "Everything works."
    assert "Database login orac_owner: logs in" in examined.stdout


@pytest.mark.parametrize("process", ["web", "worker"])
def test_health_check_of_a_container(installation: Installation, process: str) -> None:
    checked = installation.run(f"alive-{process}", service=process)
    assert checked.returncode == 0, checked.stderr


def test_process_that_is_away_is_not_healthy(installation: Installation) -> None:
    assert installation.run("alive-web", WEB_PORT="9").returncode != 0


def test_superuser_and_missing_extension_stop_a_start(installation: Installation) -> None:
    made = (installation.folder / "made/app/database_url").read_text()
    bare = made.replace("/askorac?", "/template1?")
    with psycopg.connect(installation.postgres.superuser_url(), autocommit=True) as superuser:
        superuser.execute("ALTER ROLE orac_app SUPERUSER")
        try:
            said = installation.run("web")
        finally:
            superuser.execute("ALTER ROLE orac_app NOSUPERUSER")
    assert "The role orac_app has more rights than it may." in said.stderr
    empty = installation.run("web", DATABASE_URL=bare)
    assert "The extension vector 0.8 or later is needed" in empty.stderr
    assert (said.returncode, empty.returncode) == (1, 1)


def test_handshake_is_tls_1_3(installation: Installation, trust: ssl.SSLContext) -> None:
    with (
        socket.create_connection(("localhost", installation.https_port), timeout=60) as line,
        trust.wrap_socket(line, server_hostname="localhost") as secured,
    ):
        assert secured.version() == "TLSv1.3"


def test_handshake_below_tls_1_3_is_refused(installation: Installation) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(str(installation.authority))
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection(("localhost", installation.https_port), timeout=60) as line,
        pytest.raises(ssl.SSLError, match=r"(?i)protocol.version"),
    ):
        old.wrap_socket(line, server_hostname="localhost")


def test_proxy_agrees_with_mozillas_modern_profile(installation: Installation) -> None:
    place = f"localhost:{installation.https_port}"
    trusted = ["--certinfo", "--certinfo_ca_file", str(installation.authority)]
    scanned = subprocess.run(
        [find_scanner(), "-m", "sslyze", "--mozilla_config=modern", *trusted, place],
        capture_output=True,
        text=True,
        timeout=300,
    )
    last = scanned.stdout.strip().splitlines()[-1].strip()
    assert (last, scanned.returncode) == (f"{place}: OK - Compliant.", 0), scanned.stdout


@pytest.mark.parametrize("host", ["localhost", "evil.example"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_plain_http_only_redirects(installation: Installation, host: str, method: str) -> None:
    with httpx2.Client(base_url=f"http://127.0.0.1:{installation.http_port}", timeout=60) as client:
        answer = client.request(method, "/accounts/login/?a=b", headers={"Host": host})
    led_to = "https://localhost/accounts/login/?a=b"
    assert (answer.headers["Location"], answer.content) == (led_to, b"")
    assert answer.status_code in {301, 308}


def test_pages_are_for_https_only(installation: Installation, trust: ssl.SSLContext) -> None:
    with httpx2.Client(base_url=installation.url, verify=trust, timeout=60) as client:
        page = client.get("/accounts/login/")
    assert page.status_code == 200
    assert page.headers.get_list("Strict-Transport-Security") == ["max-age=63072000"]
    assert "Server" not in page.headers
    cookies = page.headers.get_list("Set-Cookie")
    assert cookies
    assert [cookie for cookie in cookies if "Secure" not in cookie] == []


def test_other_host_over_tls_is_misdirected(
    installation: Installation, trust: ssl.SSLContext
) -> None:
    with httpx2.Client(base_url=installation.url, verify=trust, timeout=60) as client:
        answer = client.get("/", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.content) == (421, b"")
    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000"
    assert "Server" not in answer.headers


def test_password_is_taken_over_https(
    installation: Installation, trust: ssl.SSLContext, public_key: str
) -> None:
    """The origin that the browser names is the one that Django expects behind the proxy."""
    with httpx2.Client(base_url=installation.url, verify=trust, timeout=60) as client:
        client.get("/accounts/login/")
        fields = {"login": "nobody@example.com", "password": "wrong-password"}
        token = client.cookies["csrftoken"]
        answer = client.post(
            "/accounts/login/",
            data={**fields, "csrfmiddlewaretoken": token},
            headers={"Origin": installation.url, "Referer": f"{installation.url}/accounts/login/"},
        )
    assert answer.status_code == 200
    assert "password" in answer.text


def test_stream_is_passed_on_token_by_token(
    installation: Installation, trust: ssl.SSLContext, public_key: str
) -> None:
    """At one of some tries: what has arrived together leaves in one, on a busy machine much."""
    assert any(streams_by_the_token(installation, trust, public_key) for _ in range(TRIES))


def streams_by_the_token(
    installation: Installation, trust: ssl.SSLContext, public_key: str
) -> bool:
    arrived: list[float] = []
    kinds: list[str] = []
    question = {"project_id": public_key, "message": "When does the ferry leave?"}
    with (
        httpx2.Client(base_url=installation.url, verify=trust, timeout=60) as client,
        client.stream(
            "POST", "/api/chat", json=question, headers={"Origin": "https://shop.example"}
        ) as response,
    ):
        assert (response.status_code, response.http_version) == (200, "HTTP/1.1")
        for line in response.iter_lines():
            if line.startswith("event: "):
                kinds.append(line.removeprefix("event: "))
                arrived.append(time.monotonic())
    tokens = [at for kind, at in zip(kinds, arrived, strict=True) if kind == "token"]
    gaps = [later - sooner for sooner, later in pairwise(tokens)]
    assert kinds[-1] == "done"
    return (
        len(tokens) >= 4
        and tokens[-1] - tokens[0] > 5 * TOKEN_SECONDS
        and sorted(gaps)[len(gaps) // 2] > TOKEN_SECONDS / 2
    )


async def test_socket_is_passed_on_token_by_token(
    installation: Installation, trust: ssl.SSLContext, public_key: str
) -> None:
    tries = [await speaks_by_the_token(installation, trust, public_key)]
    while not tries[-1] and len(tries) < TRIES:
        tries.append(await speaks_by_the_token(installation, trust, public_key))
    assert tries[-1]


async def speaks_by_the_token(
    installation: Installation, trust: ssl.SSLContext, public_key: str
) -> bool:
    async with connect(
        f"wss://localhost:{installation.https_port}/ws/chat/{public_key}/",
        ssl=trust,
        origin=Origin("https://shop.example"),
        subprotocols=[SUBPROTOCOL],
        open_timeout=60,
    ) as connection:
        visitor = Visitor(connection)
        await visitor.hello(page_url="https://shop.example/")
        await visitor.ask("When does the ferry leave?")
        heard = await visitor.answer(until=1)
        first_at = time.monotonic()
        await visitor.answer(heard)
        took = time.monotonic() - first_at
    assert heard.end["type"] == "finished"
    return len(heard.pieces) >= 4 and took > 5 * TOKEN_SECONDS


def test_address_that_a_visitor_writes_down_counts_for_nothing(
    installation: Installation, trust: ssl.SSLContext
) -> None:
    """One who forges a new address for each request is limited as the one who is asking."""
    with httpx2.Client(base_url=installation.url, verify=trust, timeout=60) as client:
        statuses = [
            client.get(
                "/api/v1/projects/", headers={"X-Forwarded-For": f"203.0.113.{number}"}
            ).status_code
            for number in range(REFUSALS + 2)
        ]
    assert (statuses[0], statuses[-1]) == (401, 429)


def test_database_is_spoken_to_over_verified_tls(installation: Installation) -> None:
    url = (installation.folder / "made/app/database_url").read_text()
    with psycopg.connect(url) as session:
        assert session.pgconn.ssl_in_use
    elsewhere = url.replace("@localhost:", "@127.0.0.1:")  # a name that the certificate lacks
    strangers = url.replace(str(installation.engines_authority), str(installation.authority))
    for wrong in (elsewhere, strangers):
        with pytest.raises(psycopg.OperationalError, match="certificate"):
            psycopg.connect(wrong)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url.partition("?")[0], sslmode="disable")


def test_broker_is_spoken_to_over_verified_tls(installation: Installation) -> None:
    url = (installation.folder / "made/app/redis_url").read_text()
    with Redis.from_url(url) as redis:
        assert redis.ping()
    strangers = url.replace(str(installation.engines_authority), str(installation.authority))
    for wrong in (strangers, url.replace("@localhost:", "@127.0.0.1:"), _plain(url)):
        with Redis.from_url(wrong, socket_timeout=2) as redis, pytest.raises(RedisError):
            redis.ping()


def _plain(url: str) -> str:
    return url.replace("rediss:", "redis:").partition("?")[0]


def test_secrets_are_made_once(installation: Installation, tmp_path: Path) -> None:
    places = (f"--folder={tmp_path / 'made'}", f"--keys={tmp_path / 'keys'}")
    first, second = (_first_start(installation, tmp_path, *places) for _ in range(2))
    assert first == second
    modes = {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*") if path.is_file()}
    assert modes == {0o600}
    (tmp_path / "made/app/redis_url").unlink()
    third = _first_start(installation, tmp_path, *places)
    assert third == first


def _first_start(installation: Installation, folder: Path, *options: str) -> dict[str, str]:
    done = installation.run("first-start", *options)
    assert done.returncode == 0, done.stderr
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_nothing_secret_is_in_the_logs(installation: Installation, public_key: str) -> None:
    made = [path for path in (installation.folder / "made").rglob("*") if path.is_file()]
    texts = {path.read_text().strip() for path in made if path.suffix not in {".pem", ".conf"}}
    secrets = texts - {""}
    logs = [process.output.read_text() for process in installation.processes.values()]
    assert len(secrets) > 8
    assert [secret for secret in secrets for log in logs if secret in log] == []
    web = installation.processes["web"].output.read_text().splitlines()
    assert {json.loads(line)["event"] for line in web if '"event"' in line} >= {"web.request"}


@pytest.fixture(scope="module")
def operators(installation: Installation) -> dict[str, str]:
    """The logins of whoever backs up, without the TLS that the embedded pg_dump does not speak."""
    made = installation.folder / "made"
    plain = f"127.0.0.1:{installation.postgres.port}"
    backup = urlsplit((made / "backup/database_backup_url").read_text())
    password = backup.password
    return {
        "DATABASE_BACKUP_URL": f"postgresql://orac_backup:{password}@{plain}/askorac",
        "DATABASE_SUPERUSER_URL": installation.postgres.superuser_url(),
    }


@pytest.fixture(scope="module")
def upgraded(
    installation: Installation, public_key: str, operators: dict[str, str], tmp_path_factory: Any
) -> str:
    """What an upgrade says of an installation with its project."""
    settings = {**operators, "BACKUPS": str(tmp_path_factory.mktemp("backups"))}
    done = installation.run("upgrade", service="migrate", **settings)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def backup(upgraded: str) -> Path:
    """The backup that the upgrade has made before anything else."""
    return Path(upgraded.splitlines()[0])


def drills(installation: Installation) -> list[tuple[bool, int, int, int]]:
    with psycopg.connect(installation.postgres.superuser_url("askorac")) as session:
        rows = session.execute(
            "SELECT has_passed, organization_count, opened_count, file_count"
            " FROM recovery_restoredrill ORDER BY at"
        )
        return list(rows)


def test_upgrade_backs_up_migrates_and_checks(installation: Installation, upgraded: str) -> None:
    assert "No migrations to apply" in upgraded
    assert "System check identified no issues" in upgraded
    nowhere = installation.run("upgrade", service="migrate", BACKUPS="")
    assert (nowhere.returncode, "Name a folder" in nowhere.stderr) == (2, True)


def test_look_from_outside_sees_what_the_proxy_speaks(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, report = look_from_outside(installation.url, now=datetime.now(UTC))
    told = {each["subject"]: each["told"] for each in report["seen"]}
    assert (told["TLS 1.2"], told["TLS 1.3"]) == ("refused at the handshake", "accepted")
    assert told["Certificate"].startswith("not trusted: ")
    assert told["Headers"] == "no page came back (SSLCertVerificationError)"
    monkeypatch.setenv("SSL_CERT_FILE", str(installation.authority))
    _, report = look_from_outside(installation.url, now=datetime.now(UTC))
    told = {each["subject"]: each["told"] for each in report["seen"]}
    assert told["Certificate"].startswith("valid from ")
    assert told["Strict-Transport-Security"].startswith("max-age=63072000")
    assert "missing" not in told.values()


def test_backup_is_whole_and_without_keys(installation: Installation, backup: Path) -> None:
    names = {path.name for path in backup.iterdir()}
    assert names == {"database.dump", "files.tar", "manifest.json"}
    assert {path.stat().st_mode & 0o777 for path in backup.iterdir()} == {0o600}
    kept = b"".join(path.read_bytes() for path in backup.iterdir())
    for secret in ("keys/root", "made/app/secret_key"):
        assert (installation.folder / secret).read_bytes().strip() not in kept


def test_drill_proves_that_a_backup_can_be_restored(
    installation: Installation, backup: Path, operators: dict[str, str], tmp_path: Path
) -> None:
    (other := tmp_path / "keys").mkdir()
    (other / "root").write_bytes((installation.folder / "keys/root").read_bytes())
    (other / "root").chmod(0o600)
    command = ("manage", "restore_drill", str(backup))
    passed = installation.run(*command, service="migrate", **operators)
    assert passed.returncode == 0, passed.stderr
    assert "of 1 organizations the keys of 1 open" in passed.stdout
    settings = {**operators, "KMS_URL": f"local://{other}"}
    failed = installation.run(*command, service="migrate", **settings)
    assert "the key service is another one" in failed.stderr
    assert (failed.returncode, drills(installation)) == (1, [(True, 1, 1, 1), (False, 1, 0, 0)])
    with psycopg.connect(installation.postgres.superuser_url()) as session:
        left = session.execute("SELECT FROM pg_database WHERE datname LIKE 'askorac\\_drill%'")
        assert left.fetchall() == []


def test_restore_fills_an_empty_database_and_no_other(
    installation: Installation, backup: Path, operators: dict[str, str]
) -> None:
    url = (installation.folder / "made/app/database_url").read_text()
    elsewhere = {**operators, "DATABASE_URL": url.replace("/askorac?", "/again?")}
    command = ("manage", "restore", str(backup))
    restored = installation.run(*command, **elsewhere)
    assert restored.returncode == 0, restored.stderr
    with psycopg.connect(installation.postgres.superuser_url("again")) as session:
        count = session.execute("SELECT count(*) FROM knowledge_chunk").fetchone()
    assert count == (1,)
    again = installation.run(*command, **elsewhere)
    assert "restore into an empty one" in again.stderr


def test_backup_that_was_changed_is_refused(
    installation: Installation, backup: Path, operators: dict[str, str], tmp_path: Path
) -> None:
    damaged = shutil.copytree(backup, tmp_path / "damaged")
    with (damaged / "files.tar").open("ab") as archive:
        archive.write(b"x")
    refused = installation.run("manage", "restore", str(damaged), **operators)
    assert (refused.returncode, "files.tar is not as it was made" in refused.stderr) == (1, True)


def test_proxy_that_has_nobody_behind_it_says_so(installation: Installation) -> None:
    """Last, since it takes `web` away."""
    assert installation.processes["web"].stop() == 0
    context = ssl.create_default_context(cafile=str(installation.authority))
    with httpx2.Client(base_url=installation.url, verify=context, timeout=60) as client:
        answer = client.get(f"/{uuid4()}")
    assert (answer.status_code, "Try again" in answer.text) == (502, True)
    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000"
    assert "Server" not in answer.headers
