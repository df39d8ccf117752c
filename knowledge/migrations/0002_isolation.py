"""Policies, grants and composite keys of this app's tables."""

from django.db import migrations

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.lookups import PROJECT_SIZES
from askorac.tenancy.operations import DefineLookup, Isolate


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0001_initial"), ("projects", "0002_isolation")]
    operations = [
        Isolate(
            "Source",
            Isolation(
                staff=(
                    "id",
                    "organization_id",
                    "project_id",
                    "kind",
                    "size_bytes",
                    "chunk_count",
                    "created_at",
                )
            ),
        ),
        Isolate(
            "Document",
            Isolation(
                public="project",
                staff=(
                    "id",
                    "organization_id",
                    "project_id",
                    "source_id",
                    "page_count",
                    "created_at",
                ),
            ),
        ),
        Isolate(
            "Chunk",
            Isolation(public="project", public_when="is_live"),
        ),
        DefineLookup(PROJECT_SIZES),
    ]
