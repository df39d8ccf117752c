"""The chain of an organization's audit events: what the database itself does for it.

An event is committed to when it is inserted (`COMMIT_EVENT`), and linked when its transaction
commits (`LINK_EVENT`): only then the organization's head is locked, so that events of one
organization wait for each other no longer than a commit takes. No login may write links or heads.
What docs/guide/audit-trail.md says of the format is what these functions do.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from .context import require
from .definers import Lookup
from .isolation import APP, OWNER

# Fields of an event that tell of a person, in clear; each is committed to with a salt of its own.
PERSONAL: Final = ("actor_label", "address", "session", "remarks")
# Those that lie sealed: whoever inserts commits to them, since the database can't read them.
SEALED: Final = ("target_label", "details")

# As the row is inserted: a salt and a commitment for each personal field that holds something.
COMMIT_EVENT: Final = """
CREATE OR REPLACE FUNCTION orac.commit_event() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part record;
    salt bytea;
    salts jsonb := '{}';
    sums jsonb;
BEGIN
    SELECT coalesce(jsonb_object_agg(c.key, c.value), '{}') INTO sums
        FROM jsonb_each(CASE WHEN jsonb_typeof(NEW.commitments) = 'object'
            THEN NEW.commitments ELSE '{}' END) c
        WHERE c.key IN ('target_label', 'details');
    FOR part IN SELECT p.name, p.value FROM (VALUES
        ('actor_label', NEW.actor_label::text), ('address', NEW.address::text),
        ('session', NEW.session::text),
        ('remarks', (SELECT '{' || string_agg(to_json(r.key)::text || ':' || r.value::text, ','
            ORDER BY r.key COLLATE "C") || '}' FROM jsonb_each(
                CASE WHEN jsonb_typeof(NEW.remarks) = 'object' THEN NEW.remarks ELSE '{}' END) r))
    ) AS p (name, value) WHERE p.value <> ''
    LOOP
        salt := uuid_send(gen_random_uuid());
        salts := salts || jsonb_build_object(part.name, encode(salt, 'hex'));
        sums := sums || jsonb_build_object(part.name,
            encode(sha256(salt || convert_to(part.name || ':' || part.value, 'UTF8')), 'hex'));
    END LOOP;
    NEW.salts := salts;
    NEW.commitments := sums;
    RETURN NEW;
END $$;
CREATE TRIGGER commit_event BEFORE INSERT ON projects_auditevent
    FOR EACH ROW EXECUTE FUNCTION orac.commit_event();
"""

_DIGESTED: Final = (
    "organization_id",
    "id",
    "actor_kind",
    "actor_id",
    "action",
    "target_kind",
    "target_id",
    "at",
    "commitments",
)
_LINK: Final = ("organization_id", "id", "seq", "digest", "chain", "linked_at")
_HEAD: Final = ("organization_id", "id", "seq", "chain")
LINK_EVENT = Lookup(
    signature="link_event()",
    returns="trigger",
    language="plpgsql",
    callers=(OWNER,),
    body="""
DECLARE
    place bigint;
    before bytea;
    spelled text;
    sum bytea;
    link bytea;
BEGIN
    IF NOT EXISTS (SELECT FROM public.projects_organization o WHERE o.id = NEW.organization_id) THEN
        RETURN NULL; -- it ends in this very transaction, and its trail with it
    END IF;
    spelled := '{"action":' || to_json(NEW.action)::text
        || ',"actor_id":' || coalesce(to_json(NEW.actor_id)::text, 'null')
        || ',"actor_kind":' || to_json(NEW.actor_kind)::text
        || ',"at":"' || to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        || '","commitments":{' || coalesce((SELECT string_agg(
            to_json(c.key)::text || ':' || to_json(c.value)::text, ',' ORDER BY c.key COLLATE "C")
            FROM jsonb_each_text(NEW.commitments) c), '')
        || '},"id":' || to_json(NEW.id)::text
        || ',"organization_id":' || to_json(NEW.organization_id)::text
        || ',"target_id":' || coalesce(to_json(NEW.target_id)::text, 'null')
        || ',"target_kind":' || to_json(NEW.target_kind)::text || '}';
    sum := sha256(convert_to(spelled, 'UTF8'));
    SELECT h.seq, h.chain INTO place, before FROM public.projects_audithead h
        WHERE h.organization_id = NEW.organization_id FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO public.projects_audithead (organization_id, id, seq, chain)
            VALUES (NEW.organization_id, NEW.organization_id, 0, decode(repeat('00', 32), 'hex'))
            ON CONFLICT DO NOTHING;
        SELECT h.seq, h.chain INTO place, before FROM public.projects_audithead h
            WHERE h.organization_id = NEW.organization_id FOR UPDATE;
    END IF;
    place := place + 1;
    link := sha256(before || int8send(place) || sum);
    INSERT INTO public.projects_auditlink (organization_id, id, seq, digest, chain, linked_at)
        VALUES (NEW.organization_id, NEW.id, place, sum, link, clock_timestamp());
    UPDATE public.projects_audithead h SET seq = place, chain = link
        WHERE h.organization_id = NEW.organization_id;
    RETURN NULL;
END
""",
    reads=(
        ("projects_organization", ("id",)),
        ("projects_audithead", _HEAD),
        ("projects_auditlink", _LINK),
    ),
    changes=(
        ("projects_audithead", "INSERT", _HEAD),
        ("projects_audithead", "UPDATE", ("seq", "chain")),
        ("projects_auditlink", "INSERT", _LINK),
    ),
)
LINK_TRIGGER: Final = """
CREATE CONSTRAINT TRIGGER link_event AFTER INSERT ON projects_auditevent
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION orac.link_event();
"""

FEWEST_DAYS: Final = 365
CUT_TRAIL = Lookup(
    signature="cut_trail(before timestamptz, most integer)",
    returns="TABLE (seq bigint, chain bytea, removed bigint)",
    language="plpgsql",
    callers=(APP,),
    body=f"""
DECLARE
    organization uuid := orac.current_organization();
    first bigint;
    young bigint;
    last bigint;
    link bytea;
BEGIN
    IF before IS NULL OR before > statement_timestamp() - interval '{FEWEST_DAYS} days' THEN
        RAISE EXCEPTION 'Audit events are kept for {FEWEST_DAYS} days at least.';
    END IF;
    IF organization IS NULL OR orac.current_project() IS NOT NULL OR EXISTS (
        SELECT FROM public.projects_hold h
            WHERE h.organization_id = organization AND h.lifted_at IS NULL) THEN
        RETURN;
    END IF;
    PERFORM FROM public.projects_audithead h WHERE h.organization_id = organization FOR UPDATE;
    SELECT min(l.seq) INTO first FROM public.projects_auditlink l
        WHERE l.organization_id = organization;
    SELECT l.seq INTO young FROM public.projects_auditlink l
        WHERE l.organization_id = organization AND l.linked_at >= before ORDER BY l.seq LIMIT 1;
    SELECT l.seq, l.chain INTO last, link FROM public.projects_auditlink l
        WHERE l.organization_id = organization AND l.seq < first + most
            AND (young IS NULL OR l.seq < young) ORDER BY l.seq DESC LIMIT 1;
    IF last IS NULL THEN
        RETURN;
    END IF;
    DELETE FROM public.projects_auditevent e USING public.projects_auditlink l
        WHERE e.organization_id = organization AND l.organization_id = organization
            AND l.id = e.id AND l.seq <= last;
    DELETE FROM public.projects_auditlink l
        WHERE l.organization_id = organization AND l.seq <= last;
    RETURN QUERY SELECT last, link, last - first + 1;
END
""",
    reads=(
        ("projects_audithead", ("organization_id",)),
        ("projects_auditlink", ("organization_id", "id", "seq", "chain", "linked_at")),
        ("projects_auditevent", ("organization_id", "id")),
        ("projects_hold", ("organization_id", "lifted_at")),
    ),
    changes=(
        ("projects_audithead", "UPDATE", ("seq",)),
        ("projects_auditevent", "DELETE", ()),
        ("projects_auditlink", "DELETE", ()),
    ),
)
FORGET_IN_TRAIL = Lookup(
    signature="forget_in_trail(actors uuid[], targets uuid[])",
    returns="bigint",
    language="plpgsql",
    callers=(APP,),
    body="""
DECLARE
    organization uuid := orac.current_organization();
    of_actors bigint;
    of_targets bigint;
BEGIN
    IF organization IS NULL OR orac.current_project() IS NOT NULL THEN
        RETURN 0;
    END IF;
    UPDATE public.projects_auditevent e SET actor_label = '', address = '', session = '',
            salts = e.salts - 'actor_label' - 'address' - 'session'
        WHERE e.organization_id = organization AND e.actor_id = ANY (actors)
            AND (e.actor_label <> '' OR e.address <> '' OR e.session <> '');
    GET DIAGNOSTICS of_actors = ROW_COUNT;
    UPDATE public.projects_auditevent e
        SET target_label = NULL, details = NULL, sealed_salts = NULL
        WHERE e.organization_id = organization AND e.target_id = ANY (targets)
            AND (e.target_label IS NOT NULL OR e.details IS NOT NULL);
    GET DIAGNOSTICS of_targets = ROW_COUNT;
    RETURN of_actors + of_targets;
END
""",
    reads=(
        (
            "projects_auditevent",
            (
                "organization_id",
                "actor_id",
                "target_id",
                "actor_label",
                "address",
                "session",
                "salts",
                "target_label",
                "details",
            ),
        ),
    ),
    changes=(
        (
            "projects_auditevent",
            "UPDATE",
            (
                "actor_label",
                "address",
                "session",
                "salts",
                "target_label",
                "details",
                "sealed_salts",
            ),
        ),
    ),
)
UNSIGNED_TRAILS = Lookup(
    signature="unsigned_trails(most integer)",
    returns="TABLE (organization_id uuid)",
    body=(
        " SELECT h.organization_id FROM public.projects_audithead h"
        " WHERE h.seq > coalesce((SELECT max(c.seq) FROM public.projects_auditcheckpoint c"
        " WHERE c.organization_id = h.organization_id), 0)"
        " ORDER BY h.organization_id LIMIT most "
    ),
    reads=(
        ("projects_audithead", ("organization_id", "seq")),
        ("projects_auditcheckpoint", ("organization_id", "seq")),
    ),
    callers=(APP,),
)
UNWRITTEN_USES = Lookup(
    signature="unwritten_uses(before timestamptz, most integer)",
    returns="TABLE (organization_id uuid)",
    body=(
        " SELECT DISTINCT u.organization_id FROM public.projects_keyuse u"
        " WHERE u.hour < before LIMIT most "
    ),
    reads=(("projects_keyuse", ("organization_id", "hour")),),
    callers=(APP,),
)
CHAIN_FUNCTIONS = (LINK_EVENT, CUT_TRAIL, FORGET_IN_TRAIL, UNSIGNED_TRAILS, UNWRITTEN_USES)


def cut_trail(before: datetime, *, most: int) -> tuple[int, bytes, int] | None:
    """Remove the oldest events of the open organization's trail, those linked before a time.

    (number of the last that went, its link, how many went); None if there is none so old, or
    while a hold stands. The database refuses a time less than 365 days ago.
    """
    require()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM orac.cut_trail(%s, %s)", [before, most])
        row = cursor.fetchone()
    return (row[0], bytes(row[1]), row[2]) if row else None


def forget_in_trail(*, actors: list[UUID], targets: list[UUID]) -> int:
    """Empty what tells of these actors, and of these targets; in how many events."""
    require()
    with connection.cursor() as cursor:
        cursor.execute("SELECT orac.forget_in_trail(%s, %s)", [actors, targets])
        return int(cursor.fetchone()[0])


def unsigned_trails(limit: int) -> list[UUID]:
    """Organizations with events that no checkpoint covers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_id FROM orac.unsigned_trails(%s)", [limit])
        return [row[0] for row in cursor.fetchall()]


def unwritten_uses(before: datetime, limit: int) -> list[UUID]:
    """Organizations with keys that were used in hours that are over, and not written down yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_id FROM orac.unwritten_uses(%s, %s)", [before, limit])
        return [row[0] for row in cursor.fetchall()]
