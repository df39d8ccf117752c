"""A project's models, chosen by its people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from askorac.jobs.leases import enqueue
from askorac.jobs.models import Job, State
from askorac.jobs.tasks import wake
from keys.choices import choice_of, forget_choices
from keys.entering import OFFERED
from keys.models import ProjectModels, Provider, ProviderKey
from keys.providers.base import EmbeddingSpace
from keys.providers.catalog import EMBEDDING_MODELS, LOCAL_SPACE
from keys.standing import in_use
from projects.models import Project
from projects.trail.recording import Actor, Target, record
from projects.wording import one_line

MOST_MODEL: Final = 120
RESPACE_PROJECT: Final = "project.respace"
NOT_A_MODEL: Final = "Name the provider and the model, such as openai/gpt-5.6-luna."
NO_KEY: Final = "There is no provider key of yours for this provider. Add one first."
NOT_A_SPACE: Final = (
    "Name the provider and the model, such as openai/text-embedding-3-small, or "
    "openai/name/1024 for one of 1,024 dimensions that is not known here."
)
NO_EMBEDDINGS: Final = "This provider has no embeddings. Choose local, or OpenAI's or Gemini's."
FALLBACK_ALONE: Final = "Choose the model that answers first; this one stands in for it."


@dataclass(frozen=True, slots=True)
class Wanted:
    """Models as `provider/model`, each of which may be empty: the default."""

    chat: str = ""
    fallback: str = ""
    embedding: str = ""


def chosen_of(project: Project) -> Wanted:
    """What is chosen now; in the organization's context."""
    row = ProjectModels.objects.filter(project_id=project.pk).first()
    return Wanted(row.chat, row.fallback, row.embedding) if row else Wanted()


@dataclass(frozen=True, slots=True)
class Move:
    """Documents on their way to another embedding model: `done` of `total` pieces of them.

    `state` is queued, processing or failed; then, and while it waits, `reason` says why.
    """

    to: str
    state: str
    done: int
    total: int
    reason: str


@dataclass(frozen=True, slots=True)
class EmbeddedBy:
    """Who embeds a project's documents and questions. If it `is_shut`, nobody does: there is no
    key of the customer's for that provider, and ours is not used beside theirs. `server` is the
    customer's own, which is asked for a model that nobody has chosen and that it may not have."""

    space: str
    provider: str
    is_shut: bool
    server: str = ""


def move_of(project: Project) -> Move | None:
    """The move that is under way or has failed, if any; in the organization's context."""
    return moves_of([project], {project.pk: chosen_of(project).embedding}).get(project.pk)


def moves_of(projects: Sequence[Project], wanted: Mapping[UUID, str]) -> dict[UUID, Move]:
    """As `move_of`, by project; `wanted` are the embedding models chosen. One statement at most."""
    moving = [
        each.pk
        for each in projects
        if each.embedding_space and wanted[each.pk] not in {"", each.embedding_space}
    ]
    if not moving:
        return {}
    jobs = Job.objects.filter(kind=RESPACE_PROJECT, target_id__in=moving).exclude(state=State.READY)
    return {
        job.target_id: Move(wanted[job.target_id], job.state, job.done, job.total, job.reason)
        for job in jobs
    }


def embedded_by(project: Project) -> EmbeddedBy | None:
    """Who embeds; None before the first document."""
    if not project.embedding_space:
        return None
    provider = EmbeddingSpace.parse(project.embedding_space).provider
    choice = choice_of(project.organization_id, project.pk)
    own = choice.key_for(provider)
    is_shut = provider != "local" and choice.is_held and own is None
    server = own.base_url if own and choice.embedding != project.embedding_space else ""
    return EmbeddedBy(project.embedding_space, provider, is_shut, server)


def shut_projects(projects: Sequence[Project], keys: Sequence[ProviderKey]) -> list[Project]:
    """Those of an organization's projects in which nobody embeds questions: see `EmbeddedBy`."""
    holding = [key for key in keys if key.released_at is None]
    return [project for project in projects if _is_shut(project, holding)]


def _is_shut(project: Project, holding: Sequence[ProviderKey]) -> bool:
    provider = project.embedding_space.partition("/")[0]
    own = [key for key in holding if key.project_id in {None, project.pk}]
    usable = {key.provider for key in in_use(own)}
    return provider not in {"", "local"} and bool(own) and provider not in usable


def choose_models(*, project: Project, wanted: Wanted, by: Actor, now: datetime) -> Wanted:
    """Choose the models of a project. Raises ValidationError with sentences by field.

    Documents move to the space of another embedding model by a job; answers are found in the old
    one until they are there. Asking for the same again tries a move that failed once more.
    """
    usable = _usable(project, wanted)
    before, stored = chosen_of(project), project.embedding_space
    if usable != before:
        _keep(project, usable, by=by, now=now)
    # Also back to the space that is in use: what was built of the other one goes.
    is_other = usable.embedding != before.embedding
    if stored and (is_other or usable.embedding not in {"", stored}):
        target = project.pk
        enqueue(kind=RESPACE_PROJECT, target_id=target, now=now, wake=wake, restarts=is_other)
    return usable


def _keep(project: Project, usable: Wanted, *, by: Actor, now: datetime) -> None:
    ProjectModels.objects.update_or_create(
        organization_id=project.organization_id,
        project_id=project.pk,
        defaults={
            "chat": usable.chat,
            "fallback": usable.fallback,
            "embedding": usable.embedding,
        },
    )
    target = Target(kind="project", id=project.pk, label=project.name)
    record(action="project.models_chosen", target=target, by=by, now=now)
    transaction.on_commit(forget_choices)


def _usable(project: Project, wanted: Wanted) -> Wanted:
    before = chosen_of(project)
    kept: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for name in ("chat", "fallback", "embedding"):
        try:
            text = one_line(getattr(wanted, name))
            check = _space if name == "embedding" else _model
            # What was chosen before stays, even if its key is gone since.
            is_new = text and text != getattr(before, name)
            kept[name] = check(project, text) if is_new else text
        except ValidationError as error:
            wrong[name] = error.messages[0]
    if kept.get("fallback") and not kept.get("chat"):
        wrong.setdefault("fallback", FALLBACK_ALONE)
    if wrong:
        raise ValidationError(wrong)
    return Wanted(**kept)


def _model(project: Project, text: str) -> str:
    provider, _, model = text.partition("/")
    if text == "local/quotes":
        return text
    if provider not in OFFERED or not model or len(text) > MOST_MODEL:
        raise ValidationError(NOT_A_MODEL)
    _require_key(project, provider)
    return text


def _space(project: Project, text: str) -> str:
    provider, _, model = text.partition("/")
    if text in {"local", str(LOCAL_SPACE), f"local/{LOCAL_SPACE.model}"}:
        space = str(LOCAL_SPACE)
    elif provider == "anthropic":
        raise ValidationError(NO_EMBEDDINGS)
    elif provider not in {"openai", "gemini"} or len(text) > MOST_MODEL:
        raise ValidationError(NOT_A_SPACE)
    else:
        facts = EMBEDDING_MODELS.get(model)
        try:
            space = str(EmbeddingSpace.parse(f"{text}/{facts.dimensions}" if facts else text))
        except ValueError:
            raise ValidationError(NOT_A_SPACE) from None
        _require_key(project, provider)
    return space


def _require_key(project: Project, provider: str) -> None:
    choice = choice_of(project.organization_id, project.pk)
    # Ours are not at every provider.
    is_theirs_alone = choice.is_held or provider == Provider.GEMINI
    if is_theirs_alone and choice.key_for(provider) is None:
        raise ValidationError(NO_KEY)
