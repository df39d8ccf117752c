"""Checkpoints reach those who keep them: by mail and by post, again if need be, without secrets."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from askorac.jobs.models import Job, State
from askorac.jobs.tasks import run_job
from askorac.net.addresses import networks_of
from askorac.signing.signatures import verify
from askorac.tenancy.context import tenant
from askorac.testing.pages import browser
from askorac.testing.people import Customer
from askorac.testing.programs import new_program
from projects.models import AuditEvent
from projects.trail.deliveries import MAIL, WEBHOOK, change_delivery, read_delivery

from .test_audit_verifier import sign_hour


class Taken:
    """What a receiver was sent, and what it answers."""

    def __init__(self) -> None:
        self.status, self.bodies = 204, list[bytes]()


@contextmanager
def receiver() -> Iterator[tuple[str, Taken]]:
    taken = Taken()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(taken.status)
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", taken
        server.shutdown()
        thread.join()


def run(customer: Customer, kind: str) -> Job:
    with tenant(customer.id):
        job = Job.objects.get(kind=kind)
    run_job(str(customer.id), str(job.pk))
    with tenant(customer.id):
        return Job.objects.get(pk=job.pk)


def test_checkpoint_is_mailed(organization: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")
    monkeypatch.setattr(mail, "outbox", [], raising=False)
    page = browser(organization.owner)
    sent = {"addresses": "auditor@law.example\n board@law.example ", "webhook_url": ""}
    assert page.post(reverse("projects:deliver_checkpoints"), sent).status_code == 302
    assert b"auditor@law.example" in page.get(reverse("projects:checkpoints")).content
    kept = sign_hour(organization)
    assert run(organization, MAIL).state == State.READY
    (letter,) = mail.outbox
    assert letter.to == ["auditor@law.example", "board@law.example"]
    name, content, _ = letter.attachments[0]
    assert (name, json.loads(content)) == (f"checkpoint-{kept['document']['seq']}.json", kept)
    with tenant(organization.id):
        event = AuditEvent.objects.get(action="audit_delivery.changed")
        assert event.details.open() == {"fields": ["addresses"]}


def test_checkpoint_is_posted_and_again_until_it_is_taken(
    organization: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "ALLOW_PRIVATE_ADDRESSES", networks_of("127.0.0.0/8"))
    with receiver() as (url, taken):
        program = new_program(organization)
        told = program("PATCH", "audit-delivery/", {"webhook_url": f"{url}/kept"}).json()
        assert told == {"addresses": [], "webhook_url": f"{url}/kept"}
        kept = sign_hour(organization)
        taken.status = 503
        assert run(organization, WEBHOOK).state == State.QUEUED
        taken.status = 204
        assert run(organization, WEBHOOK).state == State.READY
    assert [json.loads(body) for body in taken.bodies] == [kept, kept]
    assert verify(kept) == kept["document"]


@pytest.mark.parametrize(
    ("addresses", "url", "name"),
    [
        (["nobody"], "", "addresses"),
        ([f"{n}@a.example" for n in range(6)], "", "addresses"),
        ([], "http://127.0.0.1/", "webhook_url"),
        ([], "http://hooks.example/", "webhook_url"),
        ([], "https://a:b@hooks.example/", "webhook_url"),
        ([], "file:///etc/passwd", "webhook_url"),
        ([], "https://localhost/", "webhook_url"),
        ([], "https://internal/hook", "webhook_url"),
        ([], "https://vault.prod.internal/", "webhook_url"),
    ],
)
def test_address_that_is_none(
    organization: Customer, addresses: list[str], url: str, name: str
) -> None:
    with tenant(organization.id), pytest.raises(ValidationError) as refused:
        change_delivery(
            addresses=addresses, webhook_url=url, by=organization.actor, now=timezone.now()
        )
    assert list(refused.value.error_dict) == [name]
    with tenant(organization.id):
        assert read_delivery().webhook_url == ""
