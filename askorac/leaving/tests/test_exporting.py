"""An archive of everything: whole, checked by its own sums, made again after a kill."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import json
import subprocess
import sys
import tracemalloc
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone

from askorac.environment import BASE_DIR
from askorac.jobs.models import Job
from askorac.jobs.tasks import run_job
from askorac.leaving import exporting, parts
from askorac.leaving.contents import knowledge
from askorac.leaving.exports import EXPIRE_EXPORT, MAKE_EXPORT, ask_for_export, is_there
from askorac.leaving.models import Export, ExportPart
from askorac.leaving.sweeping import sweep_archives
from askorac.tenancy.context import tenant
from askorac.testing.pages import browser, new_member
from askorac.testing.people import Customer, new_customer, new_project
from askorac.testing.programs import new_program
from conversations.models import Conversation
from conversations.persons import Chosen, erase_person
from conversations.tests.conversing import converse, exchange
from knowledge.models import Chunk, Document, Source
from projects.membership.invitations import Offer, invite
from projects.models import (
    AuditCheckpoint,
    AuditEvent,
    ErasureReceipt,
    Project,
    Role,
    StaffRules,
)
from projects.retention.holds import place_hold
from projects.staff_access.grants import set_rule
from projects.trail.deliveries import change_delivery

from .exporting import TEXTS, archive_of, files_of, make_export, read, rows_of, work


@pytest.fixture
def organization(left: Customer) -> Customer:
    return left


def test_archive_holds_everything_and_its_sums_are_right(
    organization: Customer, full: Project, tmp_path: Path
) -> None:
    export = make_export(organization)
    archive = archive_of(organization, export)
    assert len(archive) == export.size_bytes
    files = files_of(archive)
    manifest = json.loads(files["manifest.json"])
    assert (manifest["format"], manifest["version"]) == ("askorac-archive", 2)
    assert manifest["organization"] == {"id": str(organization.id), "name": "Acme"}
    told = {each["path"]: each["sha256"] for each in manifest["files"]}
    found = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    sources = rows_of(files, "sources")
    of_files = {f"projects/{full.pk}/{row['file']}": row["sha256"] for row in sources}
    assert told | of_files | {"manifest.json": found["manifest.json"]} == found
    assert {row["name"] for row in sources} == {*TEXTS, "Tides Ärger.md"}
    assert sorted(files[name] for name in of_files) == sorted(
        [
            *(text.encode() for text in TEXTS.values()),
            b"# Tides\n\nHigh tide is at noon on Mondays.",
        ]
    )
    chunks = rows_of(files, "chunks")
    numbers = np.load(io.BytesIO(files[f"projects/{full.pk}/vectors-000002.npy"]))
    assert (numbers.dtype, numbers.shape) == (np.dtype("<f2"), (len(chunks), 384))
    assert manifest["counts"]["chunks"] == len(chunks) == 3
    opening, *events, closing = rows_of(files, "events")
    assert (opening["format"], "checkpoint" in closing) == ("askorac.audit/1", True)
    assert [row["seq"] for row in events] == [*range(1, len(events) + 1)]
    trail = tmp_path / "trail.jsonl"
    trail.write_bytes(b"".join(files[name] for name in sorted(files) if "/events-" in name))
    check = [sys.executable, "docs/verify_audit.py", str(trail)]
    told = subprocess.run(check, cwd=BASE_DIR, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout
    member = json.loads(files["members.jsonl"].splitlines()[0])
    assert (member["email"], member["role"]) == (organization.owner.email, "owner")


def test_archive_holds_what_was_decided() -> None:
    customer, now = new_customer("Decided"), timezone.now()
    with tenant(customer.id):
        place_hold(project=None, reason="A suit", by=customer.actor, now=now)
        offer = Offer(Role.VIEWER, reads_conversations=False, project_ids=None)
        invite(email="a@b.example", offer=offer, is_owner=True, by=customer.actor, now=now)
        set_rule(rule=StaffRules.NEVER, by=customer.actor, now=now)
        change_delivery(
            addresses=["c@d.example"],
            webhook_url="https://hooks.example/secret",
            by=customer.actor,
            now=now,
        )
        fill_in = {"organization_id": customer.id, "kind": "checkpoint", "seq": 1, "at": now}
        signed = {"key_id": "k", "public_key": b"p", "signature": b"s"}
        AuditCheckpoint.objects.create(**fill_in, **signed, document={"seq": 1})
    files = files_of(archive_of(customer, make_export(customer)))
    told = {
        name: [json.loads(line) for line in files[f"{name}.jsonl"].splitlines()]
        for name in ("holds", "invitations", "staff_requests", "checkpoints")
    }
    [hold], [asked_in], [statement] = told["holds"], told["invitations"], told["checkpoints"]
    assert (hold["reason"], hold["lifted_at"]) == ("A suit", None)
    assert (asked_in["email"], asked_in["role"]) == ("a@b.example", "viewer")
    assert told["staff_requests"] == []
    assert (statement["kind"], statement["document"]) == ("checkpoint", {"seq": 1})
    own = json.loads(files["organization.json"])
    assert (own["requires_second_factor"], own["staff_rule"]["rule"]) == (False, "never")
    assert own["checkpoint_delivery"] == {
        "addresses": ["c@d.example"],
        "webhook_host": "hooks.example",
    }


def test_export_is_made_watched_and_downloaded_on_its_page(
    full: Project, organization: Customer
) -> None:
    owner = browser(organization.owner)
    asked = owner.post(reverse("leaving:make_export"), follow=True)
    assert asked.redirect_chain == [(reverse("leaving:page"), 302)]
    assert b'hx-get="/app/organization/exports/"' in asked.content
    again = owner.post(reverse("leaving:make_export"))
    assert again.status_code == 302
    with tenant(organization.id):
        export = Export.objects.get(ready_at=None)
    path = reverse("leaving:download", args=[export.pk])
    assert owner.get(path).status_code == 404
    work(organization, MAKE_EXPORT)
    listed = owner.get(reverse("leaving:exports")).content
    assert (b"hx-get" in listed, path.encode() in listed) == (False, True)
    archive = archive_of(organization, export)
    answer = owner.get(path)
    assert answer.status_code == 200
    assert body_of(answer) == archive
    assert browser(new_member(organization, "editor")).get(path).status_code == 403
    with tenant(organization.id):
        told = AuditEvent.objects.filter(action__startswith="export.").order_by("at")
        actions = list(told.values_list("action", flat=True))[-3:]
    assert actions == ["export.requested", "export.ready", "export.downloaded"]


def test_download_goes_on_from_where_it_was_broken_off(
    organization: Customer, full: Project
) -> None:
    export = make_export(organization)
    archive = archive_of(organization, export)
    program = new_program(organization)
    path, size = f"exports/{export.pk}/download/", len(archive)
    half = program("GET", path, Range=f"bytes={size // 2}-")
    assert (half.status_code, body_of(half)) == (206, archive[size // 2 :])
    assert half["Content-Range"] == f"bytes {size // 2}-{size - 1}/{size}"
    middle = program("GET", path, Range="bytes=10-19", If_Range=half["ETag"])
    assert (middle.status_code, body_of(middle)) == (206, archive[10:20])
    last = program("GET", path, Range="bytes=-7")
    assert (last.status_code, body_of(last)) == (206, archive[-7:])
    other = program("GET", path, Range="bytes=10-19", If_Range='"another"')
    assert (other.status_code, body_of(other)) == (200, archive)
    behind = program("GET", path, Range=f"bytes={size}-")
    assert (behind.status_code, behind["Content-Range"]) == (416, f"bytes */{size}")
    for none in ("bytes=5-2", f"bytes=0-{'9' * 5000}", "bytes=-"):
        assert program("GET", path, Range=none).status_code == 200
    head = program("HEAD", path)
    assert (head.status_code, head["Content-Length"]) == (200, str(size))


def test_export_goes_after_a_week_with_its_keys_and_files(
    organization: Customer, full: Project
) -> None:
    export = make_export(organization)
    folder = parts.folder_of(organization.id, export.pk)
    assert len(parts.names_in(folder)) == 7
    with default_storage.open(f"{folder}/{parts.names_in(folder)[0]}") as file:
        assert file.read(2) != b"PK"
    work(organization, EXPIRE_EXPORT, most=1)
    assert len(parts.names_in(folder)) == 7
    with tenant(organization.id):
        Export.objects.filter(pk=export.pk).update(expires_at=timezone.now())
    work(organization, EXPIRE_EXPORT, most=1)
    assert parts.names_in(folder) == []
    with tenant(organization.id):
        assert not ExportPart.objects.filter(export_id=export.pk).exists()
    program = new_program(organization)
    assert program("GET", f"exports/{export.pk}/download/").status_code == 404
    told = program("GET", f"exports/{export.pk}/").json()
    assert (told["state"], told["percent"]) == ("expired", 100)


def test_erased_visitor_is_in_no_archive_that_was_made_before_or_is_being_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    customer, write = new_customer(), parts.write
    project = new_project(customer)
    with tenant(customer.id):
        conversation_id = converse(project)
        exchange(project, conversation_id, "My name is Ida.", "Hello.")
        visitor = Chosen(project, Conversation.objects.get(pk=conversation_id).visitor_id)
    ready = make_export(customer)
    receipts: list[ErasureReceipt] = []

    def erase_meanwhile(name: str, content: Any, *, key: bytes) -> None:
        write(name, content, key=key)
        if not receipts:
            receipts.extend(erase_person(chosen=visitor, by=customer.actor, now=timezone.now()))

    monkeypatch.setattr(parts, "write", erase_meanwhile)
    made = make_export(customer)
    work(customer, EXPIRE_EXPORT, most=1)
    assert receipts[0].document["counts"]["archives"] == 2
    for export in (ready, read(customer, made.pk)):
        assert not is_there(read(customer, export.pk), now=timezone.now())
        assert parts.names_in(parts.folder_of(customer.id, export.pk)) == []
    with tenant(customer.id):
        assert not ExportPart.objects.exists()
    assert is_there(make_export(customer), now=timezone.now())


def test_export_goes_on_where_its_worker_was_killed(
    organization: Customer, full: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the row of each part in turn, when its file is written already."""
    keep = exporting._keep
    for step in (0, 2, 6):  # the first, one with files and vectors, the last
        kept: list[int] = []

        def killed(
            part: ExportPart, size: int, entries: Any, at: int = step, kept: list[int] = kept
        ) -> None:
            kept.append(part.number)
            if len(kept) == at + 1:
                raise Killed
            keep(part, size, entries)

        monkeypatch.setattr(exporting, "_keep", killed)
        with tenant(organization.id):
            export = ask_for_export(by=organization.actor, now=timezone.now())
            job = Job.objects.get(kind=MAKE_EXPORT, target_id=export.pk)
        with contextlib.suppress(Killed):
            run_job(str(organization.id), str(job.pk))
        with tenant(organization.id):
            Job.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
        run_job(str(organization.id), str(job.pk))
        files = files_of(archive_of(organization, read(organization, export.pk)))
        assert len(rows_of(files, "chunks")) == 3
        assert kept == sorted([*range(7), step])
        folder = parts.folder_of(organization.id, export.pk)
        assert len(parts.names_in(folder)) == 7


class Killed(BaseException):
    """As a process that is gone: nothing catches it."""


def body_of(answer: Any) -> bytes:
    """All that a late response gives."""

    async def read() -> bytes:
        return b"".join([part async for part in answer.streaming_content])

    return asyncio.run(read())


def test_what_no_row_names_is_swept(organization: Customer, full: Project) -> None:
    export = make_export(organization)
    folder = parts.folder_of(organization.id, export.pk)
    kept = set(parts.names_in(folder))
    parts.write(f"{folder}/{uuid4()}", [b"x"], key=parts.new_key())
    gone = uuid4()
    parts.write(parts.name_of(organization.id, gone, gone), [b"x"], key=parts.new_key())
    assert sweep_archives(organization.id, timezone.now()).removed == 2
    assert set(parts.names_in(folder)) == kept
    assert gone not in parts.folders_of(organization.id)
    assert sweep_archives(organization.id, timezone.now()).removed == 0


def test_memory_of_an_export_does_not_grow_with_what_is_in_it(
    organization: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One part of ten million characters, of which a page is read at a time."""
    monkeypatch.setattr(knowledge, "CHUNKS_AT_ONCE", 50)
    project = new_project(organization, "Library")
    with tenant(organization.id):
        _shelve(project, chunks=800)
    tracemalloc.start()
    export = make_export(organization)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    with tenant(organization.id):
        assert 800 in [e["rows"] for p in ExportPart.objects.all() for e in p.entries.open()]
        Project.objects.filter(pk=project.pk).delete()
    assert export.ready_at is not None
    assert peak < 6_000_000


def _shelve(project: Project, *, chunks: int) -> None:
    """A source with so many chunks."""
    now, space, vector = timezone.now(), "local/all-minilm-l6-v2-int8/384", [0.5] * 384
    of = {"organization_id": project.organization_id, "project_id": project.pk}
    Project.objects.filter(pk=project.pk).update(embedding_space=space)
    source = Source.objects.create(
        **of, kind="page", name="Shelf", url="https://x.example/", size_bytes=1, created_at=now
    )
    document = Document.objects.create(**of, source_id=source.pk, title="Shelf", created_at=now)
    Chunk.objects.bulk_create(
        Chunk(
            **of,
            document_id=document.pk,
            ordinal=ordinal,
            text=f"{ordinal} " * 3_000,
            text_digest=bytes(16),
            embedding_space=space,
            embedding=vector,
            is_live=True,
        )
        for ordinal in range(chunks)
    )
