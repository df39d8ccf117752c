"""The few questions that come before a context, answered with ids only.

Each is a SECURITY DEFINER function of the resolver role, which can't log in and sees just the
columns named here. The allow-list in `allowed` pins their bodies: a changed or additional definer
function fails the checks.
"""

from typing import Any
from uuid import UUID

from django.db import connections

from .context import require
from .definers import Lookup
from .isolation import ACCOUNTS, APP, OWNER, STAFF

CONTEXT_FIELD = Lookup(
    signature="context_field(field integer)",
    returns="uuid",
    language="plpgsql",
    callers=(),
    reads=(),
    body="""
DECLARE
    fields text[] := string_to_array(NULLIF(current_setting('orac.context', true), ''), '|');
    pads orac_private.signing_key;
BEGIN
    IF fields IS NULL OR cardinality(fields) <> 7 OR fields[1] <> 'v1' THEN
        RETURN NULL;
    END IF;
    SELECT * INTO pads FROM orac_private.signing_key;
    IF fields[7] IS DISTINCT FROM encode(sha256(pads.outer_pad || sha256(pads.inner_pad
        || convert_to(array_to_string(fields[1:6], '|'), 'UTF8'))), 'hex') THEN
        RETURN NULL;
    END IF;
    IF fields[5] <> session_user
        OR fields[6]::bigint < extract(epoch FROM statement_timestamp()) THEN
        RETURN NULL;
    END IF;
    RETURN NULLIF(fields[field], '')::uuid;
END
""",
)


def _context_function(name: str, field: int) -> Lookup:
    return Lookup(
        signature=f"{name}()",
        returns="uuid",
        body=f" SELECT orac.context_field({field}) ",
        reads=(),
        callers=(APP, ACCOUNTS, OWNER, STAFF),
    )


CURRENT_ORGANIZATION = _context_function("current_organization", 2)
CURRENT_PROJECT = _context_function("current_project", 3)
CURRENT_CONVERSATION = _context_function("current_conversation", 4)

PROJECT_OF_PUBLIC_KEY = Lookup(
    signature="project_of_public_key(key text)",
    returns="TABLE (organization_id uuid, project_id uuid)",
    body=" SELECT p.organization_id, p.id FROM public.projects_project p WHERE p.public_key = key ",
    reads=(("projects_project", ("organization_id", "id", "public_key")),),
    callers=(APP,),
)
ORGANIZATIONS_OF_USER = Lookup(
    signature="organizations_of_user(member uuid)",
    returns="TABLE (organization_id uuid)",
    body=(
        " SELECT m.organization_id FROM public.projects_member m WHERE m.user_id = member"
        " ORDER BY m.created_at, m.organization_id "
    ),
    reads=(("projects_member", ("organization_id", "user_id", "created_at")),),
    callers=(APP,),
)
ORGANIZATION_OF_API_KEY = Lookup(
    signature="organization_of_api_key(digest bytea)",
    returns="TABLE (organization_id uuid, api_key_id uuid)",
    body=(
        " SELECT k.organization_id, k.id FROM public.projects_apikey k"
        " WHERE k.key_sha256 = digest AND k.revoked_at IS NULL "
    ),
    reads=(("projects_apikey", ("organization_id", "id", "key_sha256", "revoked_at")),),
    callers=(APP,),
)
INVITATION_OF_TOKEN = Lookup(
    signature="invitation_of_token(digest bytea)",
    returns="TABLE (organization_id uuid, invitation_id uuid)",
    body=(
        " SELECT i.organization_id, i.id FROM public.projects_invitation i"
        " WHERE i.token_sha256 = digest AND i.expires_at > statement_timestamp() "
    ),
    reads=(("projects_invitation", ("organization_id", "id", "token_sha256", "expires_at")),),
    callers=(APP,),
)
ORGANIZATION_OF_REVOKED_API_KEY = Lookup(
    signature="organization_of_revoked_api_key(digest bytea)",
    returns="TABLE (organization_id uuid, api_key_id uuid)",
    body=(
        " SELECT k.organization_id, k.id FROM public.projects_apikey k"
        " WHERE k.key_sha256 = digest AND k.revoked_at IS NOT NULL "
    ),
    reads=(("projects_apikey", ("organization_id", "id", "key_sha256", "revoked_at")),),
    callers=(APP,),
)
DUE_WORK = Lookup(
    signature="due_work(most integer)",
    returns="TABLE (organization_id uuid, job_id uuid)",
    body=(
        " SELECT j.organization_id, j.id FROM public.jobs_job j"
        " WHERE ((j.state = 'queued' AND j.due_at <= statement_timestamp())"
        " OR (j.state = 'processing' AND j.lease_expires_at < statement_timestamp()))"
        " AND NOT EXISTS (SELECT FROM public.projects_organization o"
        " WHERE o.id = j.organization_id AND o.suspended_at IS NOT NULL)"
        " ORDER BY j.due_at LIMIT most "
    ),
    reads=(
        ("jobs_job", ("organization_id", "id", "state", "due_at", "lease_expires_at")),
        ("projects_organization", ("id", "suspended_at")),
    ),
    callers=(APP,),
)
IS_SUSPENDED = Lookup(
    signature="is_suspended()",
    returns="boolean",
    body=(
        " SELECT EXISTS (SELECT FROM public.projects_organization o"
        " WHERE o.id = (SELECT orac.current_organization()) AND o.suspended_at IS NOT NULL) "
    ),
    reads=(("projects_organization", ("id", "suspended_at")),),
    callers=(APP,),
)
LAPSED_TURNS = Lookup(
    signature="lapsed_turns(most integer)",
    returns="TABLE (organization_id uuid, turn_id uuid)",
    body=(
        " SELECT t.organization_id, t.id FROM public.conversations_turn t"
        " WHERE t.state = 'processing' AND t.lease_expires_at < statement_timestamp()"
        " ORDER BY t.lease_expires_at LIMIT most "
    ),
    reads=(("conversations_turn", ("organization_id", "id", "state", "lease_expires_at")),),
    callers=(APP,),
)
PROJECT_SIZES = Lookup(
    signature="project_sizes(fewest integer)",
    returns="TABLE (project_id uuid, embedding_space text, chunks bigint)",
    body=(
        " SELECT p.id, p.embedding_space, sum(s.chunk_count)"
        " FROM public.projects_project p JOIN public.knowledge_source s"
        " ON s.organization_id = p.organization_id AND s.project_id = p.id"
        " GROUP BY p.id, p.embedding_space HAVING sum(s.chunk_count) >= fewest "
    ),
    reads=(
        ("projects_project", ("organization_id", "id", "embedding_space")),
        ("knowledge_source", ("organization_id", "project_id", "chunk_count")),
    ),
    callers=(OWNER,),
)

CONTEXT_FUNCTIONS = (CONTEXT_FIELD, CURRENT_ORGANIZATION, CURRENT_PROJECT, CURRENT_CONVERSATION)


def project_of_public_key(key: str) -> tuple[UUID, UUID] | None:
    """(organization, project) that a widget's public key names, or None."""
    rows = _rows("SELECT * FROM orac.project_of_public_key(%s)", key)
    return (rows[0][0], rows[0][1]) if rows else None


def organizations_of_user(user_id: UUID) -> list[UUID]:
    """The organizations that a user is a member of, the oldest membership first."""
    return [row[0] for row in _rows("SELECT * FROM orac.organizations_of_user(%s)", user_id)]


def organization_of_api_key(digest: bytes) -> tuple[UUID, UUID] | None:
    """(organization, API key) of a key that is not revoked, by its SHA-256, or None."""
    rows = _rows("SELECT * FROM orac.organization_of_api_key(%s)", digest)
    return (rows[0][0], rows[0][1]) if rows else None


def invitation_of_token(digest: bytes) -> tuple[UUID, UUID] | None:
    """(organization, invitation) of one that has not expired, by its token's SHA-256, or None."""
    rows = _rows("SELECT * FROM orac.invitation_of_token(%s)", digest)
    return (rows[0][0], rows[0][1]) if rows else None


def organization_of_revoked_api_key(digest: bytes) -> tuple[UUID, UUID] | None:
    """(organization, API key) of a key that was revoked, by its SHA-256, or None."""
    rows = _rows("SELECT * FROM orac.organization_of_revoked_api_key(%s)", digest)
    return (rows[0][0], rows[0][1]) if rows else None


def due_work(limit: int) -> list[tuple[UUID, UUID]]:
    """(organization, job) of work that is due or has lost its worker, the oldest first.

    That of suspended organizations waits.
    """
    return [(row[0], row[1]) for row in _rows("SELECT * FROM orac.due_work(%s)", limit)]


def is_suspended() -> bool:
    """Whether the organization of the open context is suspended; a public door may ask, too."""
    require()
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT orac.is_suspended()")
        return bool(cursor.fetchone()[0])


def lapsed_turns(limit: int) -> list[tuple[UUID, UUID]]:
    """(organization, turn) of answers whose process has died."""
    return [(row[0], row[1]) for row in _rows("SELECT * FROM orac.lapsed_turns(%s)", limit)]


def project_sizes(fewest: int) -> list[tuple[UUID, str, int]]:
    """(project, embedding space, chunks) of projects with at least so many; as the owner."""
    return _rows("SELECT * FROM orac.project_sizes(%s)", fewest, using="owner")


def _rows(
    statement: str, argument: UUID | str | int | bytes, *, using: str = "default"
) -> list[Any]:
    with connections[using].cursor() as cursor:
        cursor.execute(statement, [argument])
        return list(cursor.fetchall())
