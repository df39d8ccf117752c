"""Requests that no view is asked for: those that are too large are told which limit they pass."""

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from askorac.testing.pages import browser
from askorac.testing.people import Customer
from projects.models import Project

MOST_FILES = settings.DATA_UPLOAD_MAX_NUMBER_FILES


def test_more_files_than_a_form_may_hold_are_told_the_limit(
    organization: Customer, project: Project
) -> None:
    files = [SimpleUploadedFile(f"{number}.txt", b"Open.") for number in range(MOST_FILES + 1)]
    client = browser(organization.owner, enforce_csrf_checks=True)
    client.get(reverse("knowledge:sources", args=[project.pk]))
    form = {"files": files, "csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    answer = client.post(reverse("knowledge:upload", args=[project.pk]), form)
    assert answer.status_code == 413
    assert f"{MOST_FILES} files can be sent at once. Nothing was added" in answer.content.decode()


def test_form_that_is_too_long_is_told_the_limit(organization: Customer, project: Project) -> None:
    form = {"title": "Hours", "text": "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)}
    answer = browser(organization.owner).post(reverse("knowledge:text", args=[project.pk]), form)
    assert answer.status_code == 413
    assert "A form can hold 5 MB of text." in answer.content.decode()


@pytest.mark.parametrize(
    ("path", "kind"), [("/", "text/html"), ("/api/v1/", "application/problem+json")]
)
def test_host_that_is_not_ours_is_a_bad_request(path: str, kind: str) -> None:
    answer = browser().get(path, headers={"Host": "elsewhere.example"})
    assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (400, kind)
