"""The demo organization: our documentation, a login of this machine, a project with a widget."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from askorac.environment import BASE_DIR, DATA_DIR
from askorac.jobs.models import Job
from askorac.jobs.tasks import run_job
from askorac.tenancy.context import tenant
from askorac.tenancy.lookups import organizations_of_user
from knowledge import sources
from knowledge.models import Source
from projects.demo_login import DEMO_EMAIL
from projects.lifecycle import create_project, set_allowed_domains
from projects.look import Look, change_look
from projects.models import Project, User
from projects.signing_in.signup import found_organization
from projects.trail.recording import SYSTEM

PROJECT_NAME = "AskOrac help"
GREETING = "Hello. Ask me anything about AskOrac."
SUGGESTIONS = (
    "How do I put the widget on my site?",
    "Which files can I upload?",
    "How is one customer's data kept apart from another's?",
)


def load_demo(*, password: str) -> None:
    """Make the demo organization, or bring it up to date, and read what is new in it.

    What its user changed is kept, a document that was removed included: `demo.json` in the data
    folder remembers which ones were loaded. The demo site and the terminal read it too.
    """
    user = _demo_user(password)
    organization_id = organizations_of_user(user.pk)[0]
    loaded = _remembered().get("documents", {})
    found = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in documentation()}
    with tenant(organization_id):
        project, is_new = _demo_project()
        added = [
            _add_document(project, path)
            for path, digest in found.items()
            if is_new or loaded.get(path.name) != digest
        ]
        waiting = list(Job.objects.filter(target_id__in=added).values_list("id", flat=True))
    for job_id in waiting:  # here and now, so that the first question finds its answer
        run_job(str(organization_id), str(job_id))
    _remember(
        public_key=project.public_key,
        email=user.email,
        documents={path.name: digest for path, digest in found.items()},
    )


def documentation() -> Iterator[Path]:
    """The files that the demo assistant knows: the README and the guide."""
    yield BASE_DIR / "README.md"
    yield from sorted((BASE_DIR / "docs" / "guide").glob("*.md"))


def _demo_user(password: str) -> User:
    user = User.objects.filter(email=DEMO_EMAIL).first()
    if user is None:
        return found_organization(
            name="Demo organization",
            founder=lambda: User.objects.create_user(DEMO_EMAIL, password, name="Demo"),
            now=timezone.now(),
        )
    User.objects.confirm_address(user)
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    return user


def _demo_project() -> tuple[Project, bool]:
    project = Project.objects.order_by("created_at").first()
    if project is not None:
        return project, False
    now = timezone.now()
    project = create_project(name=PROJECT_NAME, by=SYSTEM, now=now)
    set_allowed_domains(project=project, domains=["localhost"], by=SYSTEM, now=now)
    look = replace(Look.of(project), greeting=GREETING, suggestions=SUGGESTIONS)
    change_look(project=project, look=look, by=SYSTEM, now=now)
    return project, True


def _add_document(project: Project, path: Path) -> UUID:
    """Add a file of ours, or replace it after it changed; returns the source's id."""
    now = timezone.now()
    for earlier in Source.objects.filter(project_id=project.pk):
        if earlier.name.open() == path.name:
            sources.remove(source=earlier, by=SYSTEM, now=now)
    upload = SimpleUploadedFile(path.name, path.read_bytes())
    return sources.add_file(project=project, upload=upload, by=SYSTEM, now=now).pk


def _remembered() -> dict[str, Any]:
    path = DATA_DIR / "demo.json"
    if not path.exists():
        return {}
    remembered: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return remembered


def _remember(**facts: object) -> None:
    (DATA_DIR / "demo.json").write_text(json.dumps(facts), encoding="utf-8")
