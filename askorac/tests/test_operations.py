"""The running product as those see it who keep it running: the doctor, readiness, the log."""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from askorac.environment import BASE_DIR
from askorac.jobs import heartbeat
from askorac.jobs.models import Job
from askorac.tenancy.context import in_thread, tenant
from askorac.testing.people import Customer, new_customer, new_project
from askorac.testing.product import Product, running_product
from askorac.testing.sockets import Visitor, Web
from askorac.testing.waiting import wait_until
from knowledge.sources import add_text
from projects.lifecycle import set_allowed_domains
from projects.models import Project

CANARIES = {
    "document": "A dog travels free of charge on the lower deck of the Wilhelmina",
    "question": "Does my dog travel free of charge?",
    "address": "wilhelmina@customs-house.example",
    "password": "wilhelminas-long-password",
    "query": "harbour-master-secret",
    "path": "reset-token-of-wilhelmina",
    "API key": "orac_sk_wilhelminas0key0that0opens0nothing00",
    "session": "wilhelminas-session",
}


@pytest.fixture(scope="module")
def operated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    heartbeat._redis().delete(heartbeat.KEY)
    with running_product(tmp_path_factory.mktemp("operated"), LOG_FORMAT="json") as product:
        wait_until(heard)  # a worker takes longer to start than the doctor waits for one
        yield product


def heard() -> bool:
    return heartbeat.silent_for() is not None


@pytest.fixture(scope="module")
def customer() -> Customer:
    return new_customer("Harbour")


def examine(url: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PUBLIC_URL": url, "LOG_FORMAT": "line", **settings}
    return subprocess.run(
        [sys.executable, "manage.py", "doctor"],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
    )


def ask(product: Product, method: str, path: str, **fields: str) -> int:
    """The status of a request as strangers send it, with a body if there are fields."""
    connection = http.client.HTTPConnection("localhost", product.port, timeout=60)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Authorization": f"Bearer {CANARIES['API key']}",
        "Cookie": f"orac_session={CANARIES['session']}",
    }
    connection.request(method, path, urlencode(fields) if fields else None, headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_doctor_finds_everything_well_and_the_product_is_ready(
    operated: Product, tmp_path: Path
) -> None:
    # A store of its own: other tests' organizations lie in databases of their own, too.
    found = examine(operated.url, MEDIA_URL_STORAGE=tmp_path.as_uri())
    lines = found.stdout.splitlines()
    assert found.returncode == 0, found.stdout + found.stderr
    remark, end = (line for line in lines if not line.startswith("✓"))
    assert (remark.startswith("• Mail: EMAIL_URL is not set"), end) == (True, "Everything works.")
    subjects = [line[2:].partition(":")[0] for line in lines[:-1]]
    assert subjects == [
        "Environment",
        "Web process",
        "Database login orac_app",
        "Database login orac_accounts",
        "Database login orac_staff",
        "Database login orac_owner",
        "PostgreSQL",
        "Migrations",
        "Signature",
        "Isolation",
        "Redis",
        "Storage",
        "Keys",
        "Mail",
        "Models",
        "Worker",
        "Beat",
        "Readiness",
        "Sockets",
        "What was erased",
    ]
    assert ask(operated, "GET", "/readyz") == 200


def test_doctor_says_what_to_do_about_what_does_not_work() -> None:
    away = "postgresql://orac_staff:topsecret@127.0.0.1:9/askorac"
    found = examine(
        "http://localhost:9",
        REDIS_URL="redis://:topsecret@127.0.0.1:9/0",
        DATABASE_STAFF_URL=away,
        ALLOWED_HOSTS="elsewhere.example",
        EMAIL_URL="smtps://orac:topsecret@127.0.0.1:9",
    )
    said = found.stdout + found.stderr
    assert (found.returncode, "topsecret" in said) == (1, False)
    ill = [line[2:].partition(":")[0] for line in said.splitlines() if line.startswith("✗")]
    wrong = ["ALLOWED_HOSTS", "Web process", "Database login orac_staff", "Redis", "Mail", "Worker"]
    assert ill == [*wrong, "What was erased"]
    assert said.count("\n    ") == len(ill)
    assert "AskOrac is not running there." in said


def test_doctor_without_settings_says_how_to_get_them(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "ASKORAC_DATA_DIR": str(tmp_path)}
    found = subprocess.run(
        [sys.executable, "manage.py", "doctor"],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (found.returncode, "Run `make run`" in found.stderr) == (1, True)
    assert "Traceback" not in found.stderr


def new_canary_project(customer: Customer) -> Project:
    """A project with a document that the product's worker reads."""
    project = new_project(customer, "Customs house")
    now = timezone.now()
    with tenant(customer.id):
        set_allowed_domains(project=project, domains=["shop.example"], by=customer.actor, now=now)
        add_text(
            project=project, title="Fauna", text=CANARIES["document"], by=customer.actor, now=now
        )
    wait_until(lambda: is_read(customer))
    return project


def is_read(customer: Customer) -> bool:
    with tenant(customer.id):
        return Job.objects.filter(state="ready").exists()


async def converse(product: Product, project: Project) -> str:
    web = Web(product.port, product.processes["web"])
    async with Visitor.at(web, project.public_key) as visitor:
        await visitor.hello(page_url=f"https://shop.example/?q={CANARIES['query']}")
        await visitor.ask(CANARIES["question"], context=CANARIES["query"])
        heard = await visitor.answer()
        await visitor.say(CANARIES["query"])
        await visitor.hear()
    return heard.text


async def test_log_of_a_whole_run_holds_nothing_that_anybody_wrote(
    operated: Product, customer: Customer
) -> None:
    project = await in_thread(new_canary_project, customer)
    assert "lower deck" in await converse(operated, project)
    login = {"login": CANARIES["address"], "password": CANARIES["password"]}
    for method, path, fields in (
        ("GET", f"/?q={CANARIES['query']}", {}),
        ("POST", "/accounts/login/", login),
        ("GET", f"/accounts/password/reset/key/1-{CANARIES['path']}/", {}),
        ("GET", f"/nowhere/{CANARIES['path']}/?q={CANARIES['query']}", {}),
        ("GET", f"/cited/{CANARIES['path']}/", {}),
        ("GET", f"/api/v1/projects/?cursor={CANARIES['query']}", {}),
        ("POST", "/api/v1/projects/", {"name": CANARIES["query"]}),
    ):
        ask(operated, method, path, **fields)
    logs = {name: process.output.read_text() for name, process in operated.processes.items()}
    for name, written in logs.items():
        for what, canary in CANARIES.items():
            assert canary.lower() not in written.lower(), f"{what} in the log of {name}"
    told = [json.loads(line) for line in logs["web"].splitlines()]
    requests = [each for each in told if each.get("event") == "web.request"]
    assert {each["route"] for each in requests} >= {"projects:landing", "account_login", "none"}
