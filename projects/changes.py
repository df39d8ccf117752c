"""Everything that may be said of a project, changed in one call: settings, look and domains."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from . import look, settings
from .lifecycle import create_project, set_allowed_domains
from .look import Look, change_look
from .models import Project
from .settings import Settings, update_settings
from .trail.recording import Actor

DOMAINS: Final = "allowed_domains"

T = TypeVar("T", Settings, Look)


def make_project(*, wanted: Mapping[str, Any], by: Actor, now: datetime) -> Project:
    """A new project of which more than the name may be said at once.

    Raises ValidationError with sentences by field; nothing is made then.
    """
    project = create_project(name=wanted["name"], by=by, now=now)
    change_project(project=project, wanted=wanted, by=by, now=now)
    return project


def change_project(
    *, project: Project, wanted: Mapping[str, Any], by: Actor, now: datetime
) -> None:
    """Give a project the values that are named, and leave the others; nobody else's change
    comes between. Raises ValidationError with sentences by field, once all are looked at.
    """
    locked = Project.objects.select_for_update().get(pk=project.pk)
    wrong: dict[str, list[str]] = {}
    seen = Settings.of(locked)
    _try(wrong, lambda: _settings(locked, seen, wanted, by, now))
    _try(wrong, lambda: _look(locked, wanted, by, now))
    if DOMAINS in wanted:
        _try(wrong, lambda: _domains(locked, wanted[DOMAINS], by, now), name=DOMAINS)
    if wrong:
        raise ValidationError(wrong)
    project.refresh_from_db()


def _settings(
    project: Project, seen: Settings, wanted: Mapping[str, Any], by: Actor, now: datetime
) -> None:
    after = _replaced(seen, wanted, names=settings.NAMES)
    if after != seen:
        update_settings(project=project, seen=seen, wanted=after, by=by, now=now)


def _look(project: Project, wanted: Mapping[str, Any], by: Actor, now: datetime) -> None:
    before = Look.of(project)
    after = _replaced(before, wanted, names=look.NAMES)
    after = replace(after, suggestions=tuple(after.suggestions))
    if after != before:
        change_look(project=project, look=after, by=by, now=now)


def _domains(project: Project, domains: list[str], by: Actor, now: datetime) -> None:
    if domains != project.allowed_domains:
        set_allowed_domains(project=project, domains=domains, by=by, now=now)


def _replaced(value: T, wanted: Mapping[str, Any], *, names: tuple[str, ...]) -> T:
    return replace(value, **{name: wanted[name] for name in names if name in wanted})


def _try(wrong: dict[str, list[str]], change: Callable[[], None], *, name: str = "") -> None:
    try:
        change()
    except ValidationError as error:
        if name or not hasattr(error, "error_dict"):
            wrong[name or NON_FIELD_ERRORS] = error.messages
        else:
            wrong.update(error.message_dict)
