"""How our staff change what one organization may use, in its own trail."""

from dataclasses import astuple, dataclass
from typing import Final
from uuid import UUID

from .deeds import CHECK, RECORD, TRAIL, outcome_of
from .definers import Lookup
from .isolation import STAFF

_TABLE: Final = "projects_organizationlimits"
_COLUMNS: Final = ("questions_a_minute", "questions_a_day", "sources", "stored_bytes")
_TOLD: Final = ", ".join(f"'{name}', coalesce(l_{name}::text, 'no limit')" for name in _COLUMNS)
_EVENT: Final = f"""'limits.changed', 'organization', organization,
        jsonb_build_object('reason', reason, {_TOLD})"""
CHANGE_LIMITS = Lookup(
    signature=(
        "change_limits(organization uuid, actor uuid, reason text, l_questions_a_minute integer,"
        " l_questions_a_day integer, l_sources integer, l_stored_bytes bigint)"
    ),
    returns="text",
    language="plpgsql",
    callers=(STAFF,),
    body=f"""
BEGIN
    {CHECK}
    IF EXISTS (SELECT FROM public.{_TABLE} o WHERE o.organization_id = organization
        AND ({", ".join(f"o.{name}" for name in _COLUMNS)})
            IS NOT DISTINCT FROM ({", ".join(f"l_{name}" for name in _COLUMNS)})) THEN
        RETURN 'unchanged';
    END IF;
    INSERT INTO public.{_TABLE} AS o (organization_id, id, changed_at, {", ".join(_COLUMNS)})
        VALUES (organization, gen_random_uuid(), statement_timestamp(),
            {", ".join(f"l_{name}" for name in _COLUMNS)})
        ON CONFLICT (organization_id) DO UPDATE SET changed_at = excluded.changed_at,
            {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)};
    {RECORD % _EVENT}
    RETURN 'done';
END
""",
    reads=((_TABLE, ("organization_id", "changed_at", *_COLUMNS)),),
    changes=(
        (_TABLE, "INSERT", ("organization_id", "id", "changed_at", *_COLUMNS)),
        (_TABLE, "UPDATE", ("changed_at", *_COLUMNS)),
        ("projects_auditevent", "INSERT", TRAIL),
    ),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one organization may use at most; None is no limit of its own."""

    questions_a_minute: int | None = None
    questions_a_day: int | None = None
    sources: int | None = None
    stored_bytes: int | None = None


def change_limits(*, organization_id: UUID, limits: Limits, by: UUID, reason: str) -> bool:
    """Give an organization these limits; False if it has them. Raises PermissionDenied."""
    call = "change_limits(%s, %s, %s, %s, %s, %s, %s)"
    return outcome_of(call, organization_id, by, reason, *astuple(limits), by=by) == "done"
