"""Who of our staff acts, told to the database in a form that the staff login can't make.

As with organizations, a plain setting would let one injected statement act as anybody. So it is
signed, for one transaction, and the database asks besides whether that user is of our staff now.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import connections, transaction

from .context import SET_CONTEXT, holding, login_role, signing_key_of_installation
from .definers import Lookup
from .isolation import STAFF
from .origins import current_origin
from .router import STAFF as STAFF_ALIAS
from .signing import LIFETIME_SECONDS, STAFF_SETTING, Context, StaffClaim, sign_staff

# What is claimed, if it is: "s2", user, organization, login role, expiry, address and session.
STAFF_CLAIM = Lookup(
    signature="staff_claim()",
    returns="text[]",
    language="plpgsql",
    callers=(),
    reads=(),
    body="""
DECLARE
    fields text[] := string_to_array(NULLIF(current_setting('orac.staff', true), ''), '|');
    pads orac_private.signing_key;
BEGIN
    IF fields IS NULL OR cardinality(fields) <> 8 OR fields[1] <> 's2' THEN
        RETURN NULL;
    END IF;
    SELECT * INTO pads FROM orac_private.signing_key;
    IF fields[8] IS DISTINCT FROM encode(sha256(pads.outer_pad || sha256(pads.inner_pad
        || convert_to(array_to_string(fields[1:7], '|'), 'UTF8'))), 'hex') THEN
        RETURN NULL;
    END IF;
    IF fields[4] <> session_user
        OR fields[5]::bigint < extract(epoch FROM statement_timestamp()) THEN
        RETURN NULL;
    END IF;
    RETURN fields[1:7];
END
""",
)
STAFF_FIELD = Lookup(
    signature="staff_field(field integer)",
    returns="uuid",
    body=" SELECT NULLIF((orac.staff_claim())[field], '')::uuid ",
    callers=(),
    reads=(),
)
CURRENT_STAFF = Lookup(
    signature="current_staff()",
    returns="uuid",
    body=(
        " SELECT u.id FROM public.projects_user u"
        " WHERE u.id = (SELECT orac.staff_field(2)) AND u.is_staff AND u.is_active "
    ),
    reads=(("projects_user", ("id", "is_staff", "is_active")),),
    callers=(STAFF,),
)
# The organization of which content may be read: a member of our staff has a grant there that lives.
OPENED_ORGANIZATION = Lookup(
    signature="opened_organization()",
    returns="uuid",
    body="""
    SELECT g.organization_id FROM public.projects_staffgrant g
    WHERE g.organization_id = (SELECT orac.staff_field(3))
        AND g.staff_user_id = (SELECT orac.current_staff())
        AND g.ended_at IS NULL AND g.expires_at > statement_timestamp()
        AND NOT EXISTS (SELECT FROM public.projects_staffrule r
            WHERE r.organization_id = g.organization_id AND r.rule = 'never')
    LIMIT 1
""",
    reads=(
        (
            "projects_staffgrant",
            ("organization_id", "staff_user_id", "ended_at", "expires_at"),
        ),
        ("projects_staffrule", ("organization_id", "rule")),
    ),
    callers=(STAFF,),
)
# For how long a view opens what it named, in seconds: one page is read in it, and rather less.
VIEW_SECONDS: Final = 15
# What of it may be read: the targets of one kind that this member of staff has viewed just now, by
# views that stand in the organization's trail. Whoever sees a row that another transaction wrote
# sees what is committed; a view of this very transaction could still be rolled back, and opens
# nothing, whatever savepoint it was written in.
OPENED_TARGETS = Lookup(
    signature="opened_targets(viewed text)",
    returns="uuid[]",
    body=f"""
    SELECT array_agg((v.view ->> 'target')::uuid)
    FROM public.projects_staffgrant g, jsonb_array_elements(g.views) v (view)
    WHERE g.organization_id = (SELECT orac.opened_organization())
        AND g.staff_user_id = (SELECT orac.current_staff())
        AND g.ended_at IS NULL AND g.expires_at > statement_timestamp()
        AND v.view ->> 'kind' = viewed
        AND v.view ->> 'xid' IS DISTINCT FROM pg_current_xact_id_if_assigned()::text
        AND (v.view ->> 'at')::timestamptz
            > statement_timestamp() - interval '{VIEW_SECONDS} seconds'
""",
    reads=(
        (
            "projects_staffgrant",
            ("organization_id", "staff_user_id", "ended_at", "expires_at", "views"),
        ),
    ),
    callers=(STAFF,),
)
STAFF_FUNCTIONS = (STAFF_CLAIM, STAFF_FIELD, CURRENT_STAFF, OPENED_ORGANIZATION)

_LET_IN = """
    SELECT EXISTS (SELECT FROM projects_staffgrant g WHERE g.organization_id = %s
        AND g.staff_user_id = %s AND g.ended_at IS NULL AND g.expires_at > statement_timestamp())
"""
_VIEW = "SELECT orac.view_as_staff(%s, %s)"  # writes the view into the trail


class NotLetIn(PermissionDenied):
    """There is no grant that lives: none was given, it ended, or its time is over."""

    def __init__(self) -> None:
        super().__init__("You have no access to this organization now. Ask for it, with a reason.")


@contextmanager
def acting_staff(user_id: UUID, *, organization_id: UUID | None = None) -> Iterator[None]:
    """Open the outermost transaction of the staff login, in which `user_id` acts.

    The caller has asked whether they are logged in. Whether they are of our staff is asked by the
    database, each time that it matters.
    """
    with transaction.atomic(using=STAFF_ALIAS, durable=True):
        with connections[STAFF_ALIAS].cursor() as cursor:
            claim = StaffClaim(user_id, organization_id, current_origin())
            cursor.execute(SET_CONTEXT, [STAFF_SETTING, signed_staff(claim)])
        yield


def is_let_in(*, user_id: UUID, organization_id: UUID) -> bool:
    """Whether there is a grant now: for telling people. Content is opened by the policies."""
    with connections[STAFF_ALIAS].cursor() as cursor:
        cursor.execute(_LET_IN, [organization_id, user_id])
        return bool(cursor.fetchone()[0])


@contextmanager
def content_opened(
    *, user_id: UUID, organization_id: UUID, kind: str, target_id: UUID | None
) -> Iterator[None]:
    """Let the staff login read one target's content, and what is sealed of it be opened.

    That `user_id` views it is written into the organization's own trail first, and committed:
    without that the database shows no row, nor one of another target, nor one after VIEW_SECONDS.
    Raises NotLetIn without a grant.
    """
    acting = partial(acting_staff, user_id, organization_id=organization_id)
    with acting(), connections[STAFF_ALIAS].cursor() as cursor:
        cursor.execute(_VIEW, [kind, target_id])
        if cursor.fetchone()[0] != "done":
            raise NotLetIn
    with acting(), holding(Context(organization_id), using=STAFF_ALIAS):
        yield


def signed_staff(claim: StaffClaim) -> str:
    """A fresh signature for the staff login, good for the next 60 seconds."""
    expires_at = int(time.time()) + LIFETIME_SECONDS
    role = login_role(STAFF_ALIAS)
    return sign_staff(claim, role=role, expires_at=expires_at, key=signing_key_of_installation())
