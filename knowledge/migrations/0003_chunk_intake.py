"""The door for COPY, which refuses a table under row-level security.

Whoever copies into this view inserts, row by row, with their own rights and under their own
policies: the view is security_invoker, and so is its trigger.
"""

from django.db import migrations

COLUMNS = (
    "organization_id, id, project_id, document_id, ordinal, text, text_sha256, page, heading,"
    " embedding_space, embedding"
)
VALUES = ", ".join(f"new.{column.strip()}" for column in COLUMNS.split(","))

INTAKE = f"""
CREATE VIEW knowledge_chunk_intake WITH (security_invoker) AS
    SELECT {COLUMNS} FROM knowledge_chunk;
CREATE FUNCTION orac.take_in_chunk() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.knowledge_chunk ({COLUMNS}, is_live) VALUES ({VALUES}, false);
    RETURN NULL;
END $$;
CREATE TRIGGER take_in_chunk INSTEAD OF INSERT ON knowledge_chunk_intake
    FOR EACH ROW EXECUTE FUNCTION orac.take_in_chunk();
GRANT INSERT ON knowledge_chunk_intake TO orac_app;
"""


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0002_isolation")]
    operations = [
        migrations.RunSQL(
            INTAKE, "DROP VIEW knowledge_chunk_intake; DROP FUNCTION orac.take_in_chunk()"
        )
    ]
