"""A view of our staff opens the document that it named, or the titles of the project whose list it
named, and no others."""

from django.db import migrations

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.operations import Isolate


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0020_retention"),
        ("projects", "0032_views_committed_first"),
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
                opened_by=(("document", "id", ""), ("sources", "project_id", "")),
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
                opened_by=(("document", "document_id", ""),),
            ),
        ),
    ]
