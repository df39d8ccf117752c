"""What our staff may change: three named actions, and nothing besides.

The staff login can only read, and that only metadata. Each action is a definer function that
first asks whether a member of our staff acts, and writes the event into the organization's own
trail in the same statement: there is no way to do the one without the other. What it says there is
in clear: our staff acts with no key of the customer's, and also while that is away.
"""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import connections

from .definers import Lookup
from .isolation import STAFF
from .router import STAFF as STAFF_ALIAS

_TRAIL = (
    "organization_id",
    "id",
    "actor_kind",
    "actor_id",
    "actor_label",
    "action",
    "target_kind",
    "target_id",
    "remarks",
    "at",
)
_RECORD = f"""
    INSERT INTO public.projects_auditevent ({", ".join(_TRAIL)})
    VALUES (organization, gen_random_uuid(), 'staff', actor, 'AskOrac staff', %s,
        statement_timestamp());
    RETURN 'done';
"""
_CHECK = """
    IF NOT EXISTS (SELECT FROM public.projects_user u
        WHERE u.id = actor AND u.is_staff AND u.is_active) THEN
        RETURN 'refused';
    END IF;
"""


def _setting_suspended(name: str, *, action: str, value: str, when: str) -> Lookup:
    event = f"""'{action}', 'organization', organization,
        jsonb_build_object('reason', reason)"""
    return Lookup(
        signature=f"{name}(organization uuid, actor uuid, reason text)",
        returns="text",
        language="plpgsql",
        callers=(STAFF,),
        body=f"""
BEGIN
    {_CHECK}
    UPDATE public.projects_organization o SET suspended_at = {value}
        WHERE o.id = organization AND o.suspended_at {when};
    IF NOT FOUND THEN
        RETURN 'unchanged';
    END IF;
    {_RECORD % event}
END
""",
        reads=(
            ("projects_user", ("id", "is_staff", "is_active")),
            ("projects_organization", ("id", "suspended_at")),
        ),
        changes=(
            ("projects_organization", "UPDATE", ("suspended_at",)),
            ("projects_auditevent", "INSERT", _TRAIL),
        ),
    )


SUSPEND_ORGANIZATION = _setting_suspended(
    "suspend_organization",
    action="organization.suspended",
    value="statement_timestamp()",
    when="IS NULL",
)
RESUME_ORGANIZATION = _setting_suspended(
    "resume_organization", action="organization.resumed", value="NULL", when="IS NOT NULL"
)
_RETRIED = """'job.retried', 'job', job,
        jsonb_build_object('kind', kind_of_work, 'reason', reason)"""
RETRY_JOB = Lookup(
    signature="retry_job(organization uuid, job uuid, actor uuid, reason text)",
    returns="text",
    language="plpgsql",
    callers=(STAFF,),
    body=f"""
DECLARE kind_of_work text;
BEGIN
    {_CHECK}
    UPDATE public.jobs_job j SET state = 'queued', reason = '', attempts = 0, done = 0, total = 0,
            due_at = statement_timestamp(), finished_at = NULL
        WHERE j.organization_id = organization AND j.id = job AND j.state = 'failed'
        RETURNING j.kind INTO kind_of_work;
    IF NOT FOUND THEN
        RETURN 'unchanged';
    END IF;
    {_RECORD % _RETRIED}
END
""",
    reads=(
        ("projects_user", ("id", "is_staff", "is_active")),
        ("jobs_job", ("organization_id", "id", "kind", "state")),
    ),
    changes=(
        (
            "jobs_job",
            "UPDATE",
            ("state", "reason", "attempts", "done", "total", "due_at", "finished_at"),
        ),
        ("projects_auditevent", "INSERT", _TRAIL),
    ),
)
DEEDS = (SUSPEND_ORGANIZATION, RESUME_ORGANIZATION, RETRY_JOB)


def suspend_organization(*, organization_id: UUID, by: UUID, reason: str) -> bool:
    """Let nobody be answered and nothing be changed there; False if that was so already.

    `by` is a user of our staff, else PermissionDenied is raised.
    """
    return _do("suspend_organization(%s, %s, %s)", organization_id, by, reason)


def resume_organization(*, organization_id: UUID, by: UUID, reason: str) -> bool:
    """Lift a suspension; False if there is none. Raises PermissionDenied as above."""
    return _do("resume_organization(%s, %s, %s)", organization_id, by, reason)


def retry_job(*, organization_id: UUID, job_id: UUID, by: UUID, reason: str) -> bool:
    """Queue a failed job anew; False if it has not failed. Raises PermissionDenied as above."""
    return _do("retry_job(%s, %s, %s, %s)", organization_id, job_id, by, reason)


def _do(call: str, *arguments: UUID | str) -> bool:
    with connections[STAFF_ALIAS].cursor() as cursor:
        cursor.execute(f"SELECT orac.{call}", arguments)
        outcome: str = cursor.fetchone()[0]
    if outcome == "refused":
        raise PermissionDenied("Only our own staff may do this.")
    return outcome == "done"
