"""Files in storage that speaks S3: uploaded, read by another process, given back, removed."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone
from moto.server import ThreadedMotoServer

from askorac.environment import BASE_DIR
from askorac.jobs.models import Job, State
from askorac.jobs.tasks import run_job
from askorac.storage.addresses import storage_at
from askorac.tenancy.context import tenant
from askorac.testing.pages import browser
from askorac.testing.people import Customer
from askorac.testing.programs import new_program
from knowledge import sources
from knowledge.files import AWAY
from knowledge.keeping import REMOVE_FILE
from knowledge.models import Source
from knowledge.tests.ingesting import job_of, row, texts, upload
from projects.lifecycle import delete_project
from projects.models import Project

WORK = """
import sys, django
django.setup()
from askorac.jobs.tasks import run_job
run_job(*sys.argv[1:])
"""


class Bucket:
    """A bucket on a server of this test's own, and the address of a folder in it."""

    def __init__(self, server: ThreadedMotoServer) -> None:
        host, port = server.get_host_and_port()
        self.name = uuid4().hex
        place = f"{host}:{port}/{self.name}/some/prefix"
        self.address = f"s3://KEY:secret%2F@{place}?region=eu-1&tls=0"
        self.client = boto3.client(
            "s3",
            endpoint_url=f"http://{host}:{port}",
            aws_access_key_id="KEY",
            aws_secret_access_key="secret/",
            region_name="eu-1",
        )
        self.client.create_bucket(
            Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": "eu-1"}
        )

    def keys(self) -> list[str]:
        listed = self.client.list_objects_v2(Bucket=self.name)
        return [each["Key"] for each in listed.get("Contents", [])]


def storages_at(address: str) -> dict[str, Any]:
    return {**settings.STORAGES, "default": storage_at(address, folder=BASE_DIR)}


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    bucket = Bucket(server)
    try:
        with override_settings(STORAGES=storages_at(bucket.address)):
            yield bucket
    finally:
        bucket.client.close()
        server.stop()


def work_elsewhere(source: Source, bucket: Bucket, folder: Path) -> None:
    """Do the source's job in another process, whose settings name the bucket in a file."""
    secret = folder / "storage"
    secret.write_text(bucket.address + "\n")
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "askorac.settings",
        "MEDIA_URL_STORAGE_FILE": str(secret),
    }
    ids = str(source.organization_id), str(job_of(source).pk)
    subprocess.run([sys.executable, "-c", WORK, *ids], env=environment, cwd=BASE_DIR, check=True)


def key_of(source: Source) -> str:
    ids = source.organization_id, source.project_id, source.file_id
    return "some/prefix/" + "/".join(map(str, ids))


def do_removals(customer: Customer) -> None:
    with tenant(customer.id):
        jobs = list(Job.objects.exclude(kind="source.ingest").values_list("id", flat=True))
    for job_id in jobs:
        run_job(str(customer.id), str(job_id))


def test_file_in_a_bucket(
    organization: Customer, project: Project, bucket: Bucket, tmp_path: Path
) -> None:
    content = b"We open at nine.\n\n" + b"The hall is closed in winter. " * 100_000
    source = upload(organization, project, "hours.md", b"We open at nine.", "hours")
    assert bucket.keys() == [key_of(source)]
    head = bucket.client.head_object(Bucket=bucket.name, Key=key_of(source))
    assert head["ContentType"] == "application/octet-stream"
    work_elsewhere(source, bucket, tmp_path)
    assert (row(source).state, texts(organization)) == (State.READY, ["We open at nine."])
    large = upload(organization, project, "large.md", content)
    path = reverse("knowledge:file", args=[project.pk, large.pk])
    given = browser(organization.owner).get(path)
    assert given["Content-Length"] == str(len(content))
    assert b"".join(given.streaming_content) == content  # type: ignore[attr-defined]
    replaced = upload(organization, project, "hours.md", b"We open at ten.", "hours")
    do_removals(organization)
    assert sorted(bucket.keys()) == sorted([key_of(replaced), key_of(large)])
    with tenant(organization.id):
        sources.remove(source=replaced, by=organization.actor, now=timezone.now())
        assert Job.objects.filter(kind=REMOVE_FILE, target_id=replaced.file_id).exists()
    do_removals(organization)
    assert bucket.keys() == [key_of(large)]
    missing = browser(organization.owner).get(
        reverse("knowledge:file", args=[project.pk, source.pk])
    )
    assert missing.status_code == 404


@pytest.fixture
def away() -> Iterator[None]:
    """A storage whose server refuses to be connected to."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    address = f"s3://KEY:secret@127.0.0.1:{port}/bucket?tls=0"
    with override_settings(STORAGES=storages_at(address)):
        yield


def kept(customer: Customer) -> int:
    with tenant(customer.id):
        return Source.objects.count()


@pytest.mark.usefixtures("away")
def test_upload_by_the_page_while_the_storage_is_away(
    organization: Customer, project: Project
) -> None:
    client, path = browser(organization.owner), reverse("knowledge:upload", args=[project.pk])
    for accepted, quoted in (("application/json", "can't"), ("text/html", "can&#x27;t")):
        answer = client.post(
            path,
            {"files": [SimpleUploadedFile(name, b"Open.") for name in ("a.txt", "b.txt")]},
            headers={"Accept": accepted},
        )
        assert answer.status_code == 503
        assert f"Files {quoted} be kept right now." in answer.content.decode()
    text = {"title": "Hours", "text": "Open from nine."}
    answer = client.post(reverse("knowledge:text", args=[project.pk]), text)
    assert (answer.status_code, "Open from nine." in answer.content.decode()) == (503, True)
    assert kept(organization) == 0


@pytest.mark.usefixtures("away")
def test_upload_by_a_program_while_the_storage_is_away(
    organization: Customer, project: Project
) -> None:
    body = {"title": "Hours", "text": "Open from nine."}
    answer = new_program(organization)("POST", f"projects/{project.pk}/sources/", body)
    assert (answer.status_code, answer.json()["detail"]) == (503, AWAY)
    assert answer.headers["Retry-After"] == "10"
    assert kept(organization) == 0


def test_project_in_a_bucket_deleted(
    organization: Customer, project: Project, bucket: Bucket
) -> None:
    for number in range(3):
        upload(organization, project, f"{number}.txt", b"Text.")
    assert len(bucket.keys()) == 3
    with tenant(organization.id):
        delete_project(project=project, by=organization.actor, now=timezone.now())
    do_removals(organization)
    assert bucket.keys() == []


def test_file_whose_object_is_gone(
    organization: Customer, project: Project, bucket: Bucket
) -> None:
    source = upload(organization, project, "a.txt", b"Text.")
    bucket.client.delete_object(Bucket=bucket.name, Key=key_of(source))
    path = reverse("knowledge:file", args=[project.pk, source.pk])
    assert browser(organization.owner).get(path).status_code == 404
