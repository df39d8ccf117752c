"""Policies and grants of the organization's own tables."""

from django.db import migrations

from askorac.tenancy.isolation import APPEND_ONLY, Isolation
from askorac.tenancy.lookups import ORGANIZATIONS_OF_USER, PROJECT_OF_PUBLIC_KEY
from askorac.tenancy.operations import DefineLookup, Isolate


class Migration(migrations.Migration):
    dependencies = [("projects", "0001_initial"), ("tenancy", "0001_context")]
    operations = [
        Isolate(
            "Organization",
            Isolation(
                organization_column="id",
                app=("SELECT",),
                accounts=("SELECT", "INSERT"),
                staff=("id", "name", "created_at"),
            ),
        ),
        Isolate(
            "Member",
            Isolation(
                app=("SELECT",),
                accounts=("SELECT", "INSERT"),
                staff=("id", "organization_id", "user_id", "role", "created_at"),
            ),
        ),
        Isolate(
            "Project",
            Isolation(
                public="project",
                project_column="id",
                staff=("id", "organization_id", "name", "embedding_space", "created_at"),
            ),
        ),
        Isolate(
            "AuditEvent",
            Isolation(
                app=APPEND_ONLY,
                accounts=("INSERT",),
                staff=(
                    "id",
                    "organization_id",
                    "actor_kind",
                    "action",
                    "target_kind",
                    "target_id",
                    "at",
                ),
                cascades=False,
            ),
        ),
        DefineLookup(ORGANIZATIONS_OF_USER),
        DefineLookup(PROJECT_OF_PUBLIC_KEY),
    ]
