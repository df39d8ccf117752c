"""Projects with their settings, look, picture, models and rules."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError

from keys.choosing import Wanted, choose_models
from keys.clients import can_embed, space_for
from projects.avatars import set_avatar
from projects.changes import make_project
from projects.models import Content, Keep, Project, RetentionRule

from ..archive import layout, shapes
from ..checking import rows
from .work import Making

ANEW: Final = "“{name}”: its texts were embedded anew by {space}; {was} is not at hand here."
OTHER_MODELS: Final = "“{name}”: its models were not taken over; choose them on its settings."


def new_project(
    making: Making, told: dict[str, Any], *, now: datetime
) -> tuple[Project, list[str]]:
    """A project with its settings, look, domains, picture and models; what is to be remarked.

    In the open context. Raises ValidationError.
    """
    wanted = {**told["settings"], **told["look"], "allowed_domains": told["allowed_domains"]}
    project = make_project(wanted=wanted, by=making.by, now=now)
    picture = layout.in_project(told["id"], layout.AVATAR)
    if making.archive.has(picture):
        sha256 = making.archive.listed[picture].sha256
        image = b"".join(making.archive.blocks(picture, sha256=sha256))
        set_avatar(project=project, upload=image, by=making.by, now=now)
    remarks = _choose(making, project, told["models"], now)
    return project, remarks + _embed_by(project, told["embedding_space"])


def make_rules(making: Making, projects: dict[UUID, UUID], *, now: datetime) -> None:
    """The retention rules that projects had of their own, in the open context."""
    if not making.archive.has(layout.RETENTION):
        return
    for row in rows(making.archive, layout.RETENTION, shapes.RETENTION):
        project_id = projects.get(row["project_id"]) if row["project_id"] else None
        is_known = row["content"] in Content.values and row["keep"] in Keep.values
        if project_id is None or not is_known:
            continue
        RetentionRule.objects.get_or_create(
            project_id=project_id,
            content=row["content"],
            defaults={"keep": row["keep"], "days": row["days"], "changed_at": now},
        )


def _choose(making: Making, project: Project, told: dict[str, str], now: datetime) -> list[str]:
    """The models that the project had, if they can be had here."""
    wanted = Wanted(chat=told["chat"], fallback=told["fallback"])
    if wanted == Wanted():
        return []
    try:
        choose_models(project=project, wanted=wanted, by=making.by, now=now)
    except ValidationError:
        return [OTHER_MODELS.format(name=project.name)]
    return []


def _embed_by(project: Project, was: str) -> list[str]:
    """Let the project keep the space of its vectors, or give it the one that is at hand."""
    if not was:
        return []
    is_kept = can_embed(project, was)
    space = was if is_kept else str(space_for(project))
    Project.objects.filter(pk=project.pk).update(embedding_space=space)
    project.embedding_space = space
    return [] if is_kept else [ANEW.format(name=project.name, space=space, was=was)]
