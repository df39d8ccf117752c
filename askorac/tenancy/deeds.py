"""What our staff may change: a few named actions, and nothing besides.

The staff login can only read, and that only metadata. Each action is a definer function that
first asks whether the member of our staff acts whom the signed setting names, and writes the event
into the organization's own trail in the same statement: there is no way to do the one without the
other. What it says there is in clear: our staff acts with no key of the customer's, and also while
that is away.
"""

from typing import Final
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import connections

from .definers import Lookup
from .isolation import STAFF
from .router import STAFF as STAFF_ALIAS
from .staff_context import acting_staff

# The job that tells an organization's people of a request of our staff (projects.tasks).
TELL: Final = "staff_access.tell"
# The reason of a job that was stopped, as its organization reads it.
STOPPED: Final = (
    "Our staff has stopped this. Why stands in the audit events. It can be tried again."
)

TRAIL = (
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
# Writes the event whose action, target and remarks stand for %s, by `actor` in `organization`.
RECORD = f"""
    INSERT INTO public.projects_auditevent ({", ".join(TRAIL)})
    VALUES (organization, gen_random_uuid(), 'staff', actor, 'AskOrac staff', %s,
        statement_timestamp());
"""
# The same by `person`, whose name the organization's people are told when they are asked.
RECORD_PERSON = RECORD.replace("'AskOrac staff'", "left(person, 230) || ' (AskOrac staff)'")
# Refuses whoever is not of our staff, and who says that they are somebody else.
CHECK = """
    IF actor IS NULL OR actor IS DISTINCT FROM orac.current_staff() THEN
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
    {CHECK}
    UPDATE public.projects_organization o SET suspended_at = {value}
        WHERE o.id = organization AND o.suspended_at {when};
    IF NOT FOUND THEN
        RETURN 'unchanged';
    END IF;
    {RECORD % event}
    RETURN 'done';
END
""",
        reads=(("projects_organization", ("id", "suspended_at")),),
        changes=(
            ("projects_organization", "UPDATE", ("suspended_at",)),
            ("projects_auditevent", "INSERT", TRAIL),
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
    {CHECK}
    UPDATE public.jobs_job j SET state = 'queued', reason = '', attempts = 0, done = 0, total = 0,
            due_at = statement_timestamp(), finished_at = NULL
        WHERE j.organization_id = organization AND j.id = job AND j.state = 'failed'
        RETURNING j.kind INTO kind_of_work;
    IF NOT FOUND THEN
        RETURN 'unchanged';
    END IF;
    {RECORD % _RETRIED}
    RETURN 'done';
END
""",
    reads=(("jobs_job", ("organization_id", "id", "kind", "state")),),
    changes=(
        (
            "jobs_job",
            "UPDATE",
            ("state", "reason", "attempts", "done", "total", "due_at", "finished_at"),
        ),
        ("projects_auditevent", "INSERT", TRAIL),
    ),
)
_STOPPED = """'job.stopped', 'job', job,
        jsonb_build_object('kind', kind_of_work, 'reason', reason)"""
# Its worker has lost the job by the fence. The letter that tells of a request of staff is not
# theirs to stop.
STOP_JOB = Lookup(
    signature="stop_job(organization uuid, job uuid, actor uuid, reason text)",
    returns="text",
    language="plpgsql",
    callers=(STAFF,),
    body=f"""
DECLARE kind_of_work text;
BEGIN
    {CHECK}
    UPDATE public.jobs_job j SET state = 'failed', reason = '{STOPPED}', fence = j.fence + 1,
            lease_expires_at = NULL, finished_at = statement_timestamp()
        WHERE j.organization_id = organization AND j.id = job
            AND j.state IN ('queued', 'processing') AND j.kind <> '{TELL}'
        RETURNING j.kind INTO kind_of_work;
    IF NOT FOUND THEN
        RETURN 'unchanged';
    END IF;
    {RECORD % _STOPPED}
    RETURN 'done';
END
""",
    reads=(("jobs_job", ("organization_id", "id", "kind", "state", "fence")),),
    changes=(
        ("jobs_job", "UPDATE", ("state", "reason", "fence", "lease_expires_at", "finished_at")),
        ("projects_auditevent", "INSERT", TRAIL),
    ),
)
DEEDS = (SUSPEND_ORGANIZATION, RESUME_ORGANIZATION, RETRY_JOB)


def suspend_organization(*, organization_id: UUID, by: UUID, reason: str) -> bool:
    """Let nobody be answered and nothing be changed there; False if that was so already.

    `by` is a user of our staff, else PermissionDenied is raised.
    """
    return _do("suspend_organization(%s, %s, %s)", organization_id, by=by, reason=reason)


def resume_organization(*, organization_id: UUID, by: UUID, reason: str) -> bool:
    """Lift a suspension; False if there is none. Raises PermissionDenied as above."""
    return _do("resume_organization(%s, %s, %s)", organization_id, by=by, reason=reason)


def retry_job(*, organization_id: UUID, job_id: UUID, by: UUID, reason: str) -> bool:
    """Queue a failed job anew; False if it has not failed. Raises PermissionDenied as above."""
    return _do("retry_job(%s, %s, %s, %s)", organization_id, job_id, by=by, reason=reason)


def stop_job(*, organization_id: UUID, job_id: UUID, by: UUID, reason: str) -> bool:
    """Fail a job that waits or is worked on; False if it has ended. PermissionDenied as above."""
    return _do("stop_job(%s, %s, %s, %s)", organization_id, job_id, by=by, reason=reason)


def _do(call: str, *ids: UUID, by: UUID, reason: str) -> bool:
    return outcome_of(call, *ids, by, reason, by=by) == "done"


def outcome_of(call: str, *arguments: UUID | str | int | None, by: UUID) -> str:
    """What a deed answers to `by`, in a transaction of its own. Raises PermissionDenied."""
    with acting_staff(by), connections[STAFF_ALIAS].cursor() as cursor:
        cursor.execute(f"SELECT orac.{call}", arguments)
        outcome: str = cursor.fetchone()[0]
    if outcome == "refused":
        raise PermissionDenied("Only our own staff may do this.")
    return outcome
