"""No organization without an owner, whoever removes the last one, or two at the same moment."""

from django.db import migrations

# The organization's row is locked, so that of two transactions the second sees what the first has
# done. Where it is gone already, its members go with it.
FUNCTION = """
CREATE FUNCTION orac.keep_an_owner() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM public.projects_organization o WHERE o.id = OLD.organization_id
        FOR NO KEY UPDATE;
    IF FOUND AND NOT EXISTS (SELECT FROM public.projects_member m
        WHERE m.organization_id = OLD.organization_id AND m.role = 'owner') THEN
        RAISE EXCEPTION 'an organization needs an owner'
            USING ERRCODE = '23514', CONSTRAINT = 'organization_keeps_an_owner';
    END IF;
    RETURN NULL;
END $$
"""
TRIGGER = """
CREATE TRIGGER keep_an_owner AFTER UPDATE OF role OR DELETE ON projects_member
    FOR EACH ROW WHEN (OLD.role = 'owner') EXECUTE FUNCTION orac.keep_an_owner()
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0012_members")]

    operations = [
        migrations.RunSQL(
            [FUNCTION, TRIGGER],
            [
                "DROP TRIGGER keep_an_owner ON projects_member",
                "DROP FUNCTION orac.keep_an_owner()",
            ],
        )
    ]
