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

from .definers import Lookup
from .isolation import APP, OWNER

# Fields of an event that tell of a person, in clear; each is committed to with a salt of its own.
PERSONAL: Final = ("actor_label", "address", "session", "remarks")
# Those that lie sealed: whoever inserts commits to them, since the database can't read them.
SEALED: Final = ("target_label", "details")

# As the row is inserted: of what our staff do, from where, as their signed claim says; a salt and a
# commitment for each personal field that holds something.
COMMIT_EVENT: Final = """
CREATE OR REPLACE FUNCTION orac.commit_event() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part record;
    salt bytea;
    salts jsonb := '{}';
    sums jsonb;
    claim text[];
BEGIN
    IF NEW.actor_kind = 'staff' AND current_setting('orac.staff', true) <> '' THEN
        claim := orac.staff_claim();
        NEW.address := left(claim[6], 45);
        NEW.session := left(claim[7], 16);
    END IF;
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
"""
COMMIT_TRIGGER: Final = """
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
CHAIN_FUNCTIONS = (LINK_EVENT, UNSIGNED_TRAILS, UNWRITTEN_USES)


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
