"""Files given back: to those who may, as what they are saved, never as what is shown."""

import asyncio
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from askorac.tenancy.context import tenant
from askorac.testing.pages import answers, browser
from askorac.testing.people import Customer, new_project
from knowledge import sources
from knowledge.downloads import Attachment, attachment
from knowledge.models import Source
from knowledge.tests.ingesting import add_page, lying_at, upload
from projects.models import Project

HOSTILE = b"<html><script>alert(document.cookie)</script></html>"


def at(project: Project, source_id: object) -> str:
    return reverse("knowledge:file", args=[project.pk, source_id])


def body(response: HttpResponseBase) -> bytes:
    assert isinstance(response, Attachment)
    return b"".join(response.streaming_content)  # type: ignore[arg-type]


def test_file_by_person(organization: Customer, stranger: Customer, project: Project) -> None:
    source = upload(organization, project, "a.html", HOSTILE)
    expected = {"owner": 200, "viewer": 200, "stranger": 404, "nobody": 302}
    assert answers(organization, stranger, "GET", at(project, source.pk)) == expected
    owner = browser(organization.owner)
    assert owner.post(at(project, source.pk)).status_code == 405
    assert owner.get(at(project, uuid4())).status_code == 404
    assert owner.get(at(new_project(organization), source.pk)).status_code == 404


def test_foreign_id_is_answered_as_one_that_does_not_exist(
    organization: Customer, stranger: Customer, project: Project
) -> None:
    source = upload(organization, project, "a.txt", b"Text.")
    thief, own = browser(stranger.owner), new_project(stranger)
    made_up = thief.get(at(own, uuid4()))
    for path in (at(project, source.pk), at(own, source.pk)):
        foreign = thief.get(path)
        assert (foreign.status_code, foreign.content) == (404, made_up.content)


def test_file_is_never_shown(organization: Customer, project: Project) -> None:
    source = upload(organization, project, "a.html", HOSTILE)
    response = browser(organization.owner).get(at(project, source.pk))
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": 'attachment; filename="a.html"',
        "Content-Length": str(len(HOSTILE)),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-store",
    }
    assert {name: response[name] for name in headers} == headers
    assert body(response) == HOSTILE


@pytest.mark.parametrize(
    ("name", "disposition"),
    [
        ("Preise 2026.pdf", 'attachment; filename="Preise 2026.pdf"'),
        ("Größe.pdf", f"attachment; filename*=utf-8''{quote('Größe.pdf')}"),
        ('a"; filename=evil.exe', 'attachment; filename="a\\"; filename=evil.exe"'),
        ("../../etc/passwd", 'attachment; filename="passwd"'),
        ("a\r\nSet-Cookie: b=c.txt", 'attachment; filename="aSet-Cookie: b=c.txt"'),
        ("gpj.\u202eexe", 'attachment; filename="gpj.exe"'),
    ],
)
def test_name_of_a_file(
    organization: Customer, project: Project, name: str, disposition: str
) -> None:
    source = upload(organization, project, name, b"Text.")
    response = browser(organization.owner).get(at(project, source.pk))
    assert response["Content-Disposition"] == disposition
    assert body(response) == b"Text."


def test_pasted_text_as_a_file(organization: Customer, project: Project) -> None:
    with tenant(organization.id):
        source = sources.add_text(
            project=project,
            title="Hours / prices",
            text="Nine.",
            by=organization.actor,
            now=timezone.now(),
        )
    response = browser(organization.owner).get(at(project, source.pk))
    assert response["Content-Disposition"] == 'attachment; filename="Hours - prices.txt"'
    assert body(response) == b"Nine."


def test_source_without_a_file(organization: Customer, project: Project) -> None:
    page = add_page(organization, project, "https://example.com/")
    gone = upload(organization, project, "a.txt", b"Text.")
    lying_at(gone).unlink()
    for source in (page, gone):
        assert browser(organization.owner).get(at(project, source.pk)).status_code == 404


async def test_large_file_on_a_loop(organization: Customer, project: Project) -> None:
    """As the server sends it: bit by bit, and closed when the reader has gone."""
    content = bytes(range(256)) * 8000

    def add() -> Source:
        return upload(organization, project, "a.bin", content)

    source = await asyncio.to_thread(add)
    whole = await asyncio.to_thread(lambda: attachment(source=source))
    parts = [part async for part in whole]
    await asyncio.to_thread(whole.close)  # it looks at the connections of its thread
    assert (b"".join(parts), len(parts)) == (content, 8)
    assert whole.file_to_stream.closed


def test_storage_is_not_served(organization: Customer, project: Project) -> None:
    source = upload(organization, project, "a.txt", b"Text.")
    name = str(lying_at(source).relative_to(default_storage.path("")))
    for path in (f"/media/{name}", f"/static/{name}", f"/static/../media/{name}"):
        assert browser(organization.owner).get(path).status_code == 404
