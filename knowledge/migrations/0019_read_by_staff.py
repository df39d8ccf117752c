"""Titles and texts of documents, for our staff where an organization lets them in."""

from django.db import migrations

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.operations import Isolate


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0018_vectors_in_their_place"),
        ("projects", "0014_staff_access"),
    ]
    operations = [
        Isolate(
            "Document",
            Isolation(
                public="project",
                public_when="NOT is_draft",
                reading=(
                    "id",
                    "organization_id",
                    "project_id",
                    "source_id",
                    "title",
                    "url",
                    "page_count",
                    "created_at",
                    "is_draft",
                ),
            ),
        ),
        Isolate(
            "Chunk",
            Isolation(
                public="project",
                public_when="is_live",
                reading=(
                    "id",
                    "organization_id",
                    "project_id",
                    "document_id",
                    "ordinal",
                    "text",
                    "page",
                    "joint",
                    "repeated_count",
                    "is_live",
                ),
            ),
        ),
    ]
