"""A project: its name, its settings, its look, its models."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from keys.models import ProjectModels
from projects.look import Look
from projects.models import Avatar, Project
from projects.settings import Settings

from .lines import moment

Row = dict[str, Any]


def project(row: Project) -> Row:
    """A project as it stands in its file, opened."""
    models = ProjectModels.objects.filter(project_id=row.pk).first()
    return {
        "id": str(row.pk),
        "public_key": row.public_key,
        "created_at": moment(row.created_at),
        "deletes_at": moment(row.deletes_at),
        "allowed_domains": row.allowed_domains,
        "embedding_space": row.embedding_space,
        "settings": asdict(Settings.of(row)),
        "look": asdict(Look.of(row)),
        "models": {
            "chat": models.chat if models else "",
            "fallback": models.fallback if models else "",
            "embedding": models.embedding if models else "",
        },
    }


def avatar(project_id: UUID) -> bytes | None:
    """The picture of a project's assistant, if it has one."""
    row = Avatar.objects.filter(project_id=project_id).first()
    return bytes(row.image) if row else None
