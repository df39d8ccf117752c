"""What documents said in clear goes, and the door for COPY takes what is sealed."""

from django.db import migrations, models

COLUMNS = (
    "organization_id, id, project_id, document_id, ordinal, text, text_digest, page, heading,"
    " joint, repeated_count, embedding_space, embedding"
)
VALUES = ", ".join(f"new.{column.strip()}" for column in COLUMNS.split(","))

# As in 0005, with the columns as they are now.
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
    dependencies = [("knowledge", "0009_seal_documents")]

    operations = [
        migrations.RemoveIndex("Chunk", "chunk_by_text"),
        migrations.RemoveField("Chunk", "text_sha256"),
        migrations.RemoveField("Chunk", "text_clear"),
        migrations.RemoveField("Chunk", "heading_clear"),
        migrations.RemoveField("Document", "title_clear"),
        migrations.RemoveField("Document", "url_clear"),
        migrations.AlterField("Chunk", "text_digest", models.BinaryField(max_length=16)),
        migrations.AddIndex(
            "Chunk",
            models.Index(fields=["organization_id", "text_digest"], name="chunk_by_text"),
        ),
        migrations.RunSQL(INTAKE, migrations.RunSQL.noop),
    ]
