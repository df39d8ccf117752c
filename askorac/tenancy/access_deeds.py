"""How our staff come to content: they ask for it with a reason, view it, and end it; each of it in
the organization's own trail, in the same statement that does it."""

from typing import Final
from uuid import UUID

from .deeds import CHECK, RECORD_PERSON, TELL, TRAIL, outcome_of
from .definers import Lookup
from .isolation import STAFF
from .staff_context import VIEW_SECONDS

MOST_MINUTES: Final = 240
_GRANT = "projects_staffgrant"
# By which columns a request is known that is open, or a grant that lives.
_OPEN: Final = (
    "organization_id",
    "staff_user_id",
    "decision",
    "ended_at",
    "expires_at",
    "lapses_at",
)
_NAMED: Final = "'person', person, 'reason', reason, 'minutes', minutes"


def _event(action: str, remarks: str) -> str:
    return RECORD_PERSON % f"'{action}', 'staff_grant', made, jsonb_build_object({remarks})"


ASK_FOR_ACCESS = Lookup(
    signature="ask_for_access(organization uuid, actor uuid, reason text, minutes integer)",
    returns="text",
    language="plpgsql",
    callers=(STAFF,),
    body=f"""
DECLARE
    made uuid := gen_random_uuid();
    at timestamptz := statement_timestamp();
    person text;
    rule_here text;
    starts boolean;
BEGIN
    {CHECK}
    SELECT coalesce(nullif(u.name, ''), u.email) INTO person
        FROM public.projects_user u WHERE u.id = actor;
    SELECT r.rule INTO rule_here
        FROM public.projects_staffrule r WHERE r.organization_id = organization;
    IF rule_here = 'never' THEN
        made := NULL;
        {_event("staff_access.barred", _NAMED)}
        RETURN 'never';
    END IF;
    IF EXISTS (SELECT FROM public.{_GRANT} g
        WHERE g.organization_id = organization AND g.staff_user_id = actor AND g.ended_at IS NULL
        AND g.decision <> 'refused' AND coalesce(g.expires_at, g.lapses_at) > at) THEN
        RETURN 'unchanged';
    END IF;
    starts := rule_here IS NOT DISTINCT FROM 'allow';
    INSERT INTO public.{_GRANT} (organization_id, id, staff_user_id, staff_name, reason, minutes,
            asked_at, lapses_at, decision, decided_at, expires_at, view_count)
        VALUES (organization, made, actor, person, reason, minutes, at, at + interval '72 hours',
            CASE WHEN starts THEN 'allowed' ELSE '' END, CASE WHEN starts THEN at END,
            CASE WHEN starts THEN at + make_interval(mins => minutes) END, 0);
    INSERT INTO public.jobs_job (organization_id, id, kind, target_id, state, reason, attempts,
            max_attempts, fence, done, total, due_at, created_at)
        VALUES (organization, gen_random_uuid(), '{TELL}', made, 'queued', '', 0, 5, 0, 0, 0,
            at, at);
    IF starts THEN
        {_event("staff_access.started", _NAMED)}
        RETURN 'started';
    END IF;
    {_event("staff_access.asked", _NAMED)}
    RETURN 'asked';
END
""",
    reads=(
        ("projects_user", ("id", "name", "email")),
        ("projects_staffrule", ("organization_id", "rule")),
        (_GRANT, _OPEN),
    ),
    changes=(
        (
            _GRANT,
            "INSERT",
            (
                "organization_id",
                "id",
                "staff_user_id",
                "staff_name",
                "reason",
                "minutes",
                "asked_at",
                "lapses_at",
                "decision",
                "decided_at",
                "expires_at",
                "view_count",
            ),
        ),
        (
            "jobs_job",
            "INSERT",
            (
                "organization_id",
                "id",
                "kind",
                "target_id",
                "state",
                "reason",
                "attempts",
                "max_attempts",
                "fence",
                "done",
                "total",
                "due_at",
                "created_at",
            ),
        ),
        ("projects_auditevent", "INSERT", TRAIL),
    ),
)
END_OWN_ACCESS = Lookup(
    signature="end_own_access(organization uuid, actor uuid)",
    returns="text",
    language="plpgsql",
    callers=(STAFF,),
    body=f"""
DECLARE
    made uuid;
    person text;
    outcome text := 'unchanged';
BEGIN
    {CHECK}
    FOR made, person IN UPDATE public.{_GRANT} g
        SET ended_at = statement_timestamp(), ended_by = 'AskOrac staff'
        WHERE g.organization_id = organization AND g.staff_user_id = actor AND g.ended_at IS NULL
            AND g.decision <> 'refused'
            AND coalesce(g.expires_at, g.lapses_at) > statement_timestamp()
        RETURNING g.id, g.staff_name
    LOOP
        {_event("staff_access.left", "")}
        outcome := 'done';
    END LOOP;
    RETURN outcome;
END
""",
    reads=((_GRANT, ("id", "staff_name", *_OPEN)),),
    changes=(
        (_GRANT, "UPDATE", ("ended_at", "ended_by")),
        ("projects_auditevent", "INSERT", TRAIL),
    ),
)
_VIEWED = """'staff.viewed', kind, target,
        jsonb_strip_nulls(jsonb_build_object('person', person, 'reason', reason,
            'kind', replace(kind, '_', ' '), 'project', project))"""
# Opens nothing to the transaction that writes it: `opened_targets` asks for one that is committed.
VIEW_AS_STAFF = Lookup(
    signature="view_as_staff(kind text, target uuid)",
    returns="text",
    language="plpgsql",
    callers=(STAFF,),
    body=f"""
DECLARE
    organization uuid := orac.staff_field(3);
    actor uuid := orac.current_staff();
    person text;
    reason text;
    project text;
BEGIN
    UPDATE public.{_GRANT} g
        SET view_count = g.view_count + 1, last_viewed_at = statement_timestamp(),
            views = coalesce((SELECT jsonb_agg(v.view) FROM jsonb_array_elements(g.views) v (view)
                WHERE (v.view ->> 'at')::timestamptz
                    > statement_timestamp() - interval '{VIEW_SECONDS} seconds'), '[]')
                || jsonb_build_object('kind', kind, 'target', target,
                    'at', statement_timestamp(), 'xid', pg_current_xact_id()::text)
        WHERE g.organization_id = organization AND g.staff_user_id = actor AND g.ended_at IS NULL
            AND g.expires_at > statement_timestamp()
        RETURNING g.staff_name, g.reason INTO person, reason;
    IF NOT FOUND THEN
        RETURN 'refused';
    END IF;
    -- Of a list, the target is its project.
    project := CASE kind
        WHEN 'conversation' THEN (SELECT c.project_id FROM public.conversations_conversation c
            WHERE c.organization_id = organization AND c.id = target)
        WHEN 'document' THEN (SELECT d.project_id FROM public.knowledge_document d
            WHERE d.organization_id = organization AND d.id = target) END;
    {RECORD_PERSON % _VIEWED}
    RETURN 'done';
END
""",
    reads=(
        (
            _GRANT,
            (
                "organization_id",
                "staff_user_id",
                "ended_at",
                "expires_at",
                "view_count",
                "views",
                "staff_name",
                "reason",
            ),
        ),
        ("conversations_conversation", ("organization_id", "id", "project_id")),
        ("knowledge_document", ("organization_id", "id", "project_id")),
    ),
    changes=(
        (_GRANT, "UPDATE", ("views", "view_count", "last_viewed_at")),
        ("projects_auditevent", "INSERT", TRAIL),
    ),
)
ACCESS_DEEDS = (ASK_FOR_ACCESS, END_OWN_ACCESS)


def ask_for_access(*, organization_id: UUID, by: UUID, reason: str, minutes: int) -> str:
    """Ask for a look at content, for `minutes` (1 to MOST_MINUTES) from when it is allowed.

    "asked" if its people decide, "started" if the organization's rule lets staff in at once,
    "never" if it bars them, "unchanged" if `by` has a request or a grant there already.
    Raises PermissionDenied.
    """
    call = "ask_for_access(%s, %s, %s, %s)"
    return outcome_of(call, organization_id, by, reason, minutes, by=by)


def end_own_access(*, organization_id: UUID, by: UUID) -> bool:
    """Give back what `by` was given there, or take back the request; False if there is none."""
    return outcome_of("end_own_access(%s, %s)", organization_id, by, by=by) == "done"
