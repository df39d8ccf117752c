"""Vectors may lie sealed, beside those that lie in the clear."""

import uuid

import pgvector.django.halfvec
from django.db import migrations, models
from django.db.models import Q

import askorac.sealing.fields
from askorac.tenancy.isolation import Isolation
from askorac.tenancy.operations import Isolate

COLUMNS = (
    "organization_id, id, project_id, document_id, ordinal, text, text_digest, page, heading,"
    " joint, repeated_count, embedding_space, embedding, vector"
)
VALUES = ", ".join(f"new.{column.strip()}" for column in COLUMNS.split(","))

# As in 0010, with the new column.
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
ONE_FORM = Q(embedding__isnull=True, vector__isnull=False) | Q(
    embedding__isnull=False, vector__isnull=True
)


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0013_respacing")]

    operations = [
        migrations.AddField("Chunk", "vector", askorac.sealing.fields.SealedBytesField()),
        migrations.AddField("UpcomingVector", "vector", askorac.sealing.fields.SealedBytesField()),
        migrations.AlterField(
            "Chunk", "embedding", pgvector.django.halfvec.HalfVectorField(null=True)
        ),
        migrations.AlterField(
            "UpcomingVector", "embedding", pgvector.django.halfvec.HalfVectorField(null=True)
        ),
        migrations.AddConstraint(
            "Chunk", models.CheckConstraint(condition=ONE_FORM, name="chunk_has_one_vector")
        ),
        migrations.AddConstraint(
            "UpcomingVector",
            models.CheckConstraint(condition=ONE_FORM, name="upcoming_vector_in_one_form"),
        ),
        migrations.AddIndex(
            "Chunk",
            models.Index(
                condition=Q(vector__isnull=False, is_live=True),
                fields=["project_id", "organization_id", "document_id"],
                name="chunk_with_sealed_vector",
            ),
        ),
        migrations.CreateModel(
            name="VectorChoice",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField(editable=False)),
                ("is_sealed", models.BooleanField()),
                ("chosen_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("organization_id",), name="vector_choice_once")
                ],
            },
        ),
        Isolate(
            "VectorChoice",
            Isolation(staff=("id", "organization_id", "is_sealed", "chosen_at")),
        ),
        migrations.RunSQL(INTAKE, migrations.RunSQL.noop),
    ]
