"""What this installation shows of its own security: pages, looks by whoever asks, security.txt."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from lxml import html

from askorac.evidence import runs, tasks
from askorac.evidence.models import Kind, Run
from askorac.evidence.outside import look_from_outside
from askorac.recovery.models import RestoreDrill
from askorac.testing.pages import browser, new_member
from askorac.testing.people import Customer, new_project

NOW = datetime(2026, 5, 5, 12, tzinfo=UTC)
ATTEMPT = {
    "part": "Tables",
    "subject": "knowledge_chunk",
    "by": "orac_app, own context",
    "tried": "SELECT",
    "result": "0 of the other's rows",
    "verdict": "held",
}
REPORT = {
    "counts": [{"part": "Tables", "count": 1}],
    "seconds": 9.5,
    "logins": ["orac_app"],
    "tables": {"knowledge_chunk": True},
    "policies": [
        {
            "table": "knowledge_chunk",
            "name": "member_select",
            "command": "SELECT",
            "roles": "orac_app",
            "using": "(organization_id = x)",
            "check": "",
        }
    ],
    "attempts": [ATTEMPT],
}


@pytest.fixture(autouse=True)
def _no_runs() -> Iterator[None]:
    """They are the installation's, and so every test's."""
    Run.objects.all().delete()
    yield
    Run.objects.all().delete()


def page(path: str = "/security/", who: Any = None) -> str:
    answer = browser(who).get(path)
    assert answer.status_code == 200, path
    return str(answer.content.decode())


def ask(now: datetime, every: timedelta = runs.ANYBODY_EVERY) -> list[UUID]:
    """The runs that were asked for."""
    woken: list[UUID] = []
    runs.ask(kind=Kind.ISOLATION, now=now, every=every, wake=woken.append)
    return woken


def test_page_before_anything_was_looked_at() -> None:
    shown = page()
    assert "No proof has been run here yet" in shown
    assert "No drill has been run here" in shown or "Last drill" in shown
    assert "No SOC 2 report, no ISO 27001 certificate, no HIPAA attestation" in shown
    assert "Nobody. Models, files, keys and mail are all on this server." in shown
    assert browser().get("/security/isolation/").status_code == 302
    assert browser().get("/security/isolation.json").status_code == 404


def test_page_of_a_proof_that_held_and_of_one_that_did_not() -> None:
    now = timezone.now()
    run = Run.objects.create(
        kind=Kind.ISOLATION, asked_at=now, ended_at=now, has_held=True, report=REPORT
    )
    RestoreDrill.objects.using("owner").create(
        at=now,
        backup_made_at=now,
        has_passed=True,
        seconds=12.0,
        organization_count=3,
        opened_count=3,
        closed_count=0,
        file_count=1,
    )
    shown = page()
    assert ("Held" in shown, "in 9.5 s" in shown, "The keys of 3 of 3" in shown) == (True,) * 3
    assert "member_select" in page("/security/isolation/")
    assert browser().get("/security/isolation.json").json() == {"id": str(run.pk), **REPORT}
    breach = ATTEMPT | {"result": "1 of the other's rows", "verdict": "breach"}
    report = REPORT | {"attempts": [breach]}
    Run.objects.create(
        kind=Kind.ISOLATION, asked_at=timezone.now(), ended_at=now, has_held=False, report=report
    )
    assert "Did not hold" in page()
    assert "<strong>breach:</strong>" in page("/security/isolation/")


def test_look_is_taken_once_an_hour_however_many_ask() -> None:
    assert len(ask(NOW)) == 1
    assert ask(NOW) == []
    assert ask(NOW + timedelta(minutes=59)) == []
    assert len(ask(NOW + timedelta(minutes=59), runs.MEMBERS_EVERY)) == 1
    assert ask(NOW + timedelta(minutes=61), timedelta(minutes=1)) == []  # it is under way
    assert len(ask(NOW + timedelta(minutes=65), timedelta(minutes=1))) == 1  # it was lost


def test_button_asks_a_worker_and_says_when_it_does_not(
    organization: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(
        tasks.take_look, "apply_async", lambda arguments, **_: sent.append(arguments)
    )
    assert browser().post("/security/run/isolation/").status_code == 302
    assert "Under way" in page()
    run = Run.objects.get()
    assert sent == [(str(run.pk), "isolation")]
    Run.objects.update(asked_at=timezone.now() - timedelta(minutes=30), ended_at=timezone.now())
    viewer = new_member(organization, "viewer")
    for who in (None, viewer):
        browser(who).post("/security/run/isolation/")
        assert len(sent) == 1
    browser(organization.owner).post("/security/run/isolation/")
    assert len(sent) == 2
    assert browser().post("/security/run/else/").status_code == 404
    assert browser().get("/security/run/isolation/").status_code == 405


def test_worker_keeps_what_it_found_and_why_it_found_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def look(at: datetime, progress: runs.Progress) -> tuple[bool, dict[str, Any]]:
        progress(10, 20)
        return True, REPORT

    (run_id,) = ask(NOW)
    runs.take(run_id, look=look)
    found = Run.objects.get(pk=run_id)
    assert (found.has_held, found.done, found.total, found.report) == (True, 10, 20, REPORT)
    (broken_id,) = ask(NOW + timedelta(hours=2))
    monkeypatch.setattr(tasks, "prove", lambda **_: 1 / 0)
    tasks.take_look(str(broken_id), "isolation")
    broken = Run.objects.get(pk=broken_id)
    assert (broken.has_held, broken.reason) == (None, tasks.BROKE)
    shown = page()
    assert ("Held" in shown, tasks.BROKE in shown) == (True, True)
    runs.take(broken_id, look=look)
    assert Run.objects.get(pk=broken_id).has_held is None


class Site(BaseHTTPRequestHandler):
    """A page with one header of those that it should have."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("X-Frame-Options", "DENY")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


def test_look_from_outside_at_a_local_run_is_honest_about_it() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        is_well, report = look_from_outside(url, now=NOW)
        server.shutdown()
    told = {each["subject"]: each for each in report["seen"]}
    assert told["TLS"]["told"].startswith("Plain HTTP on this machine")
    assert told["X-Frame-Options"] == {
        "subject": "X-Frame-Options",
        "told": "DENY",
        "is_well": True,
    }
    assert (is_well, told["Content-Security-Policy"]["told"]) == (False, "missing")
    assert report["keys"] == {"service": "a folder of keys", "is_answering": True}
    is_well, report = look_from_outside(url, now=NOW)
    assert (is_well, report["seen"][-1]["subject"]) == (False, "Headers")


def test_security_txt() -> None:
    assert browser().get("/.well-known/security.txt").status_code == 404
    with override_settings(SECURITY_CONTACT="security@orac.example"):
        answer = browser().get("/.well-known/security.txt")
        assert 'href="mailto:security@orac.example"' in page()
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
    assert fields["Contact"] == "mailto:security@orac.example"
    assert fields["Canonical"] == "http://localhost:8000/.well-known/security.txt"
    expires = datetime.fromisoformat(fields["Expires"])
    assert timedelta(days=170) < expires - timezone.now() < timedelta(days=365)


def test_documents_are_given_out_and_nothing_else() -> None:
    assert "CAIQ" in page("/security/documents/questionnaire/")
    assert "Article 28" in page("/security/documents/agreement/")
    for name in ("else", "caiq.md", "..%2Fstyle.md"):
        assert browser().get(f"/security/documents/{name}/").status_code == 404
        assert browser().get(f"/security/documents/{name}.md").status_code == 404


def test_documents_are_pages_with_the_file_beside_them() -> None:
    seen = html.fromstring(page("/security/documents/questionnaire/"))
    assert seen.xpath("//h1/text()") == ["Answers to a security questionnaire"]
    assert set(seen.xpath("//article//th/@scope")) == {"col"}
    assert len(seen.xpath("//article//tbody/tr")) > 40
    links = set(seen.xpath("//article//a/@href"))
    assert links == {"/security/documents/agreement/"}
    assert len(html.fromstring(page("/security/documents/agreement/")).xpath("//h1")) == 1
    [path] = seen.xpath("//a[normalize-space()='Download as Markdown']/@href")
    file = browser().get(path)
    assert file["Content-Type"] == "text/markdown; charset=utf-8"
    assert file["Content-Disposition"] == 'attachment; filename="askorac-questionnaire.md"'
    assert file.content.startswith(b"# Answers to a security questionnaire\n")


def test_page_of_an_organization_names_where_its_data_goes(organization: Customer) -> None:
    new_project(organization)
    with override_settings(OPENAI_API_KEY="sk-x", CHAT_MODEL="openai/gpt-5.4-mini"):
        shown = page("/app/organization/evidence/", organization.owner)
        assert "api.openai.com" in page()
    assert "<code>api.openai.com</code>" in shown
    assert "through AskOrac's account" in shown.replace("&#x27;", "'")
    assert "Kept until it is deleted" in shown


def test_page_of_an_organization_takes_as_many_statements_for_three_projects_as_for_one(
    organization: Customer,
) -> None:
    client, counts = browser(organization.owner), []
    new_project(organization)
    client.get("/app/organization/evidence/")
    for _ in range(2):
        with CaptureQueriesContext(connection) as statements:
            assert client.get("/app/organization/evidence/").status_code == 200
        counts.append(len(statements))
        new_project(organization)
        new_project(organization)
    assert counts[0] == counts[1]


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_page_of_an_organization_leads_only_where_one_may_go(
    organization: Customer, role: str
) -> None:
    person = browser(new_member(organization, role))
    shown = person.get("/app/organization/evidence/").content.decode()
    for path in set(re.findall(r'href="(/app/[^"#?]*)"', shown)):
        assert (path, person.get(path).status_code) == (path, 200)
