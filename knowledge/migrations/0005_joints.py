"""What stands between the chunks of a document, so that its text can be put together again."""

from django.db import migrations, models

COLUMNS = (
    "organization_id, id, project_id, document_id, ordinal, text, text_sha256, page, heading,"
    " joint, repeated_count, embedding_space, embedding"
)
VALUES = ", ".join(f"new.{column.strip()}" for column in COLUMNS.split(","))

# As in 0003, with the new columns: a view takes none in between, so it is made again.
INTAKE = f"""
DROP VIEW knowledge_chunk_intake;
CREATE VIEW knowledge_chunk_intake WITH (security_invoker) AS
    SELECT {COLUMNS} FROM knowledge_chunk;
CREATE OR REPLACE FUNCTION orac.take_in_chunk() RETURNS trigger LANGUAGE plpgsql
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
    dependencies = [("knowledge", "0004_pages")]
    operations = [
        migrations.AddField(
            "chunk", "joint", models.CharField(blank=True, default="\n\n", max_length=2)
        ),
        migrations.AddField("chunk", "repeated_count", models.PositiveSmallIntegerField(default=0)),
        migrations.RunSQL(INTAKE, migrations.RunSQL.noop),
    ]
