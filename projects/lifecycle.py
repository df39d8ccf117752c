"""Projects are made, opened to domains, and deleted."""

from datetime import datetime
from uuid import UUID

from askorac.jobs.leases import enqueue
from askorac.jobs.tasks import wake

from . import receipts
from .domains import normalise_domain
from .holdings import count_everything
from .models import Project
from .settings import usable_name
from .trail.recording import Actor, Target, record

CLEAN_PROJECT = "project.clean"


def create_project(*, name: str, by: Actor, now: datetime) -> Project:
    """A new project with its own public key. Raises ValidationError for an unusable name."""
    project = Project(name=usable_name(name), created_at=now)
    project.save(force_insert=True)
    record(action="project.created", target=_target(project), by=by, now=now)
    return project


def set_allowed_domains(*, project: Project, domains: list[str], by: Actor, now: datetime) -> None:
    """The sites that may carry the widget; raises ValidationError naming the one that is wrong."""
    before = project.allowed_domains
    project.allowed_domains = sorted({normalise_domain(domain) for domain in domains})
    project.save(update_fields=["allowed_domains"])
    record(
        action="project.domains_changed",
        target=_target(project),
        by=by,
        now=now,
        before=before,
        after=project.allowed_domains,
    )


def delete_project(
    *, project: Project, by: Actor, now: datetime, rule: str = receipts.BY_HAND
) -> None:
    """Delete a project and all that is its own.

    Rows go by cascade now; its files, index and streams by a job written in this transaction.
    """
    record(action="project.deleted", target=_target(project), by=by, now=now)
    project_id: UUID = project.pk
    counts = count_everything(project_id)
    receipts.give(kind="project.deleted", counts=counts, rule=rule, now=now, project_id=project_id)
    project.delete()
    enqueue(kind=CLEAN_PROJECT, target_id=project_id, now=now, wake=wake)


def _target(project: Project) -> Target:
    return Target(kind="project", id=project.pk, label=project.name)
