"""The two ways in which something goes from an audit trail: what told of persons is emptied, and
what is older than the organization's rule is cut off the front.

Each is a definer function that looks by itself whether it may, and writes its own event into the
same chain in the same statement: the application's login can't do the one without the other.
"""

import json
from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from django.db import connection

from .context import require
from .deeds import TRAIL
from .definers import Lookup
from .isolation import APP

FEWEST_DAYS: Final = 365
MOST_FORGOTTEN: Final = 500
CUT_TYPE: Final = "askorac.audit-cut/1"
# Writes the event whose action and remarks stand for %s, by the system in `organization`. Remarks
# are texts and numbers: the chain spells no others as the verifier does.
_RECORD: Final = f"""
    INSERT INTO public.projects_auditevent ({", ".join(TRAIL)})
    VALUES (organization, gen_random_uuid(), 'system', NULL, 'AskOrac', '%s', 'organization',
        organization, jsonb_build_object(%s), statement_timestamp());
"""
_FORGOTTEN: Final = _RECORD % (
    "audit_trail.person_erased",
    "'count', emptied, 'conversations', array_to_string(erased, ', ')",
)
# What an erasure of a visitor needs and no more: names and details in events about conversations
# that are gone. Who did it, from where, and what else was done stays.
FORGET_IN_TRAIL = Lookup(
    signature="forget_in_trail(conversations uuid[])",
    returns="bigint",
    language="plpgsql",
    callers=(APP,),
    body=f"""
DECLARE
    organization uuid := orac.current_organization();
    erased uuid[];
    emptied bigint;
BEGIN
    IF organization IS NULL OR orac.current_project() IS NOT NULL THEN
        RETURN 0;
    END IF;
    IF cardinality(conversations) > {MOST_FORGOTTEN} THEN
        RAISE EXCEPTION 'Name at most {MOST_FORGOTTEN} conversations at once.';
    END IF;
    IF EXISTS (SELECT FROM public.projects_hold h WHERE h.organization_id = organization
        AND h.project_id IS NULL AND h.lifted_at IS NULL) THEN
        RAISE EXCEPTION 'A hold keeps what the audit trail tells.';
    END IF;
    IF EXISTS (SELECT FROM public.conversations_conversation c
        WHERE c.organization_id = organization AND c.id = ANY (conversations)) THEN
        RAISE EXCEPTION 'Erase a conversation before what the audit trail tells of it.';
    END IF;
    WITH forgotten AS (
        UPDATE public.projects_auditevent e
            SET target_label = NULL, details = NULL, sealed_salts = NULL
            WHERE e.organization_id = organization AND e.target_kind = 'conversation'
                AND e.target_id = ANY (conversations)
                AND (e.target_label IS NOT NULL OR e.details IS NOT NULL)
            RETURNING e.target_id
    )
    SELECT count(*), array_agg(DISTINCT f.target_id) INTO emptied, erased FROM forgotten f;
    IF emptied > 0 THEN
        {_FORGOTTEN}
    END IF;
    RETURN emptied;
END
""",
    reads=(
        ("projects_hold", ("organization_id", "project_id", "lifted_at")),
        ("conversations_conversation", ("organization_id", "id")),
        (
            "projects_auditevent",
            ("organization_id", "target_kind", "target_id", "target_label", "details"),
        ),
    ),
    changes=(
        ("projects_auditevent", "UPDATE", ("target_label", "details", "sealed_salts")),
        ("projects_auditevent", "INSERT", TRAIL),
    ),
)
# Before when an event has to be linked to go by the organization's own rule. NULL while a hold
# stands, and where the rule is to keep them.
TRAIL_REACH = Lookup(
    signature="trail_reach()",
    returns="timestamptz",
    language="plpgsql",
    callers=(),
    body=f"""
DECLARE
    organization uuid := orac.current_organization();
    kept text;
    for_days integer;
BEGIN
    IF organization IS NULL OR orac.current_project() IS NOT NULL THEN
        RETURN NULL;
    END IF;
    SELECT r.keep, r.days INTO kept, for_days FROM public.projects_retentionrule r
        WHERE r.organization_id = organization AND r.project_id IS NULL AND r.content = 'audit';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'The organization has no rule by which audit events go.';
    END IF;
    IF kept <> 'days' OR EXISTS (SELECT FROM public.projects_hold h
        WHERE h.organization_id = organization AND h.lifted_at IS NULL) THEN
        RETURN NULL;
    END IF;
    RETURN statement_timestamp() - make_interval(days => greatest(for_days, {FEWEST_DAYS}));
END
""",
    reads=(
        ("projects_retentionrule", ("organization_id", "project_id", "content", "keep", "days")),
        ("projects_hold", ("organization_id", "lifted_at")),
    ),
)
CUT_DUE = Lookup(
    signature="cut_due(most integer)",
    returns="TABLE (seq bigint, chain bytea)",
    language="plpgsql",
    callers=(APP,),
    body="""
DECLARE
    organization uuid := orac.current_organization();
    before timestamptz := orac.trail_reach();
    first bigint;
    young bigint;
BEGIN
    IF before IS NULL THEN
        RETURN;
    END IF;
    SELECT min(l.seq) INTO first FROM public.projects_auditlink l
        WHERE l.organization_id = organization;
    SELECT l.seq INTO young FROM public.projects_auditlink l
        WHERE l.organization_id = organization AND l.linked_at >= before ORDER BY l.seq LIMIT 1;
    RETURN QUERY SELECT l.seq, l.chain FROM public.projects_auditlink l
        WHERE l.organization_id = organization AND l.seq < first + most
            AND (young IS NULL OR l.seq < young) ORDER BY l.seq DESC LIMIT 1;
END
""",
    reads=(("projects_auditlink", ("organization_id", "seq", "chain", "linked_at")),),
)
_STATEMENT: Final = (
    "organization_id",
    "id",
    "kind",
    "seq",
    "at",
    "document",
    "key_id",
    "public_key",
    "signature",
)
_CUT: Final = _RECORD % (
    "audit_trail.cut",
    "'count', up_to - first + 1, 'up_to', up_to, 'before', before",
)
# Whether the signature holds is for the verifier to say: what the statement says is looked at here.
CUT_TRAIL = Lookup(
    signature=(
        "cut_trail(up_to bigint, statement jsonb, named text, public_key bytea, signature bytea)"
    ),
    returns="bigint",
    language="plpgsql",
    callers=(APP,),
    body=f"""
DECLARE
    organization uuid := orac.current_organization();
    before timestamptz := orac.trail_reach();
    first bigint;
    link bytea;
BEGIN
    IF before IS NULL THEN
        RETURN 0;
    END IF;
    PERFORM FROM public.projects_audithead h WHERE h.organization_id = organization FOR UPDATE;
    SELECT min(l.seq) INTO first FROM public.projects_auditlink l
        WHERE l.organization_id = organization;
    SELECT l.chain INTO link FROM public.projects_auditlink l
        WHERE l.organization_id = organization AND l.seq = up_to;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    IF EXISTS (SELECT FROM public.projects_auditlink l
        WHERE l.organization_id = organization AND l.seq <= up_to AND l.linked_at >= before) THEN
        RAISE EXCEPTION 'Audit events are kept for as long as the organization''s rule says,'
            ' and for {FEWEST_DAYS} days at least.';
    END IF;
    IF (statement ->> 'type', statement ->> 'organization_id', statement ->> 'seq',
            statement ->> 'chain', length(public_key), length(signature))
        IS DISTINCT FROM ('{CUT_TYPE}', organization::text, up_to::text, encode(link, 'hex'),
            32, 64) THEN
        RAISE EXCEPTION 'Give the signed statement about this very cut.';
    END IF;
    INSERT INTO public.projects_auditcheckpoint ({", ".join(_STATEMENT)})
        VALUES (organization, gen_random_uuid(), 'cut', up_to, statement_timestamp(), statement,
            named, public_key, signature);
    DELETE FROM public.projects_auditevent e USING public.projects_auditlink l
        WHERE e.organization_id = organization AND l.organization_id = organization
            AND l.id = e.id AND l.seq <= up_to;
    DELETE FROM public.projects_auditlink l
        WHERE l.organization_id = organization AND l.seq <= up_to;
    {_CUT}
    RETURN up_to - first + 1;
END
""",
    reads=(
        ("projects_audithead", ("organization_id",)),
        ("projects_auditlink", ("organization_id", "id", "seq", "chain", "linked_at")),
        ("projects_auditevent", ("organization_id", "id")),
    ),
    changes=(
        ("projects_audithead", "UPDATE", ("seq",)),
        ("projects_auditcheckpoint", "INSERT", _STATEMENT),
        ("projects_auditevent", "DELETE", ()),
        ("projects_auditevent", "INSERT", TRAIL),
        ("projects_auditlink", "DELETE", ()),
    ),
)
TRAIL_DEEDS = (FORGET_IN_TRAIL, TRAIL_REACH, CUT_DUE, CUT_TRAIL)


def forget_in_trail(conversations: Collection[UUID]) -> int:
    """Empty what the open organization's trail calls these conversations, which are erased, and
    the details of what was done to them; in how many events. The trail says that it was done.

    At most MOST_FORGOTTEN at once. The database refuses it for a conversation that is still there,
    and while a hold stands on the organization.
    """
    require()
    with connection.cursor() as cursor:
        cursor.execute("SELECT orac.forget_in_trail(%s)", [list(conversations)])
        return int(cursor.fetchone()[0])


def cut_due(*, most: int) -> tuple[int, bytes] | None:
    """Up to where the open organization's trail may be cut now, at most so many events, and what
    its link is there; None if nothing is due by its rule. The database refuses without a rule.
    """
    require()
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq, chain FROM orac.cut_due(%s)", [most])
        row = cursor.fetchone()
    return (row[0], bytes(row[1])) if row else None


def cut_trail(
    up_to: int, *, document: dict[str, Any], key_id: str, public_key: bytes, signature: bytes
) -> int:
    """Remove the events of the open organization's trail up to a number, and keep the signed
    statement about that; how many went. The trail says that it was done.

    The database refuses it for events that the organization's rule does not let go, or that are
    less than 365 days old, and with a statement about anything else.
    """
    require()
    given: list[Any] = [up_to, json.dumps(document), key_id, public_key, signature]
    with connection.cursor() as cursor:
        cursor.execute("SELECT orac.cut_trail(%s, %s::jsonb, %s, %s, %s)", given)
        return int(cursor.fetchone()[0])
