"""Of many projects those that a page about members shows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.db.models import BooleanField, Case, Value, When
from django.db.models.functions import Lower

from ..models import Project, ProjectMember

MOST_SHOWN: Final = 50
FIELD: Final = "role_"


def projects_for_roles(own: Sequence[ProjectMember], *, words: str = "") -> list[Project]:
    """At most 50 projects whose name has the words in it, those of `own` first, then by name."""
    is_own = When(pk__in=[row.project_id for row in own], then=Value(True))
    rows = Project.objects.filter(name__icontains=words) if words else Project.objects.all()
    place = Case(is_own, default=Value(False), output_field=BooleanField())
    return list(rows.order_by(place.desc(), Lower("name"), "id")[:MOST_SHOWN])


def projects_named(sent: Mapping[str, Any]) -> list[Project]:
    """Those whose fields stand in a form that was sent."""
    return list(Project.objects.filter(pk__in=list(_ids(sent))).order_by(Lower("name"), "id"))


def all_projects() -> list[Project]:
    """Every project of the organization, by name: for those who see all of them."""
    return list(Project.objects.only("name").order_by(Lower("name"), "id"))


def _ids(sent: Mapping[str, Any]) -> Iterable[UUID]:
    for name in sent:
        if name.startswith(FIELD):
            try:
                yield UUID(name.removeprefix(FIELD))
            except ValueError:
                continue
