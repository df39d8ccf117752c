"""The demo organization: our documentation, a login of this machine, a project with a widget."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from askorac.environment import BASE_DIR, DATA_DIR
from askorac.tenancy.context import tenant
from askorac.tenancy.lookups import organizations_of_user
from knowledge import sources
from knowledge.models import Source
from projects.audit import SYSTEM
from projects.demo_login import DEMO_EMAIL
from projects.lifecycle import create_project, set_allowed_domains
from projects.models import Project, User
from projects.signup import found_organization

PROJECT_NAME = "AskOrac help"
SUGGESTIONS = [
    "How do I put the widget on my site?",
    "Which files can I upload?",
    "How is one customer's data kept apart from another's?",
]


def load_demo(*, password: str) -> None:
    """Make the demo organization, or bring it up to date; what its user changed is kept.

    Writes the project's public key and the login's address to `demo.json` in the data folder,
    for the demo site and the terminal.
    """
    user = _demo_user(password)
    with tenant(organizations_of_user(user.pk)[0]):
        project = _demo_project()
        for path in documentation():
            _add_document(project, path)
    text = json.dumps({"public_key": project.public_key, "email": user.email})
    (DATA_DIR / "demo.json").write_text(text, encoding="utf-8")


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
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    return user


def _demo_project() -> Project:
    project = Project.objects.order_by("created_at").first()
    if project is not None:
        return project
    now = timezone.now()
    project = create_project(name=PROJECT_NAME, by=SYSTEM, now=now)
    set_allowed_domains(project=project, domains=["localhost"], by=SYSTEM, now=now)
    project.greeting = "Hello. Ask me anything about AskOrac."
    project.suggestions = SUGGESTIONS
    project.save(update_fields=["greeting", "suggestions"])
    return project


def _add_document(project: Project, path: Path) -> None:
    """Add a file of ours, or replace it after it changed."""
    content = path.read_bytes()
    earlier = Source.objects.filter(project_id=project.pk, name=path.name).first()
    if earlier is not None and earlier.sha256 == hashlib.sha256(content).hexdigest():
        return
    now = timezone.now()
    if earlier is not None:
        sources.remove(source=earlier, by=SYSTEM, now=now)
    upload = SimpleUploadedFile(path.name, content)
    sources.add_file(project=project, upload=upload, by=SYSTEM, now=now)
