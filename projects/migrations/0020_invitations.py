"""Invitations by mail."""

import uuid

import django.contrib.postgres.fields
import django.db.models.functions.text
from django.db import migrations, models

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.lookups import INVITATION_OF_TOKEN
from askorac.tenancy.operations import DefineLookup, Isolate

ROLES = [("owner", "Owner"), ("admin", "Admin"), ("editor", "Editor"), ("viewer", "Viewer")]


class Migration(migrations.Migration):
    dependencies = [("projects", "0019_chain_of_old_events")]

    operations = [
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField(editable=False)),
                ("email", models.CharField(max_length=254)),
                ("role", models.CharField(choices=ROLES, max_length=10)),
                ("reads_conversations", models.BooleanField(default=False)),
                ("is_limited", models.BooleanField(default=False)),
                (
                    "project_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None
                    ),
                ),
                ("token_sha256", models.BinaryField(max_length=32, null=True)),
                ("invited_by", models.CharField(max_length=254)),
                ("created_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField()),
            ],
            options={"abstract": False, "base_manager_name": "objects"},
        ),
        migrations.AddIndex(
            model_name="invitation",
            index=models.Index(fields=["token_sha256"], name="invitation_by_token"),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(
                fields=("organization_id", "email"), name="invitation_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("email", django.db.models.functions.text.Lower("email")),
                    models.Q(("email", ""), _negated=True),
                ),
                name="invitation_email_lower",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["owner", "admin", "editor", "viewer"])),
                name="invitation_role_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_limited", False), ("role__in", ["editor", "viewer"]), _connector="OR"
                ),
                name="invitation_limited_below_admin",
            ),
        ),
        Isolate("Invitation", Isolation(accounts=("SELECT", "DELETE"))),
        DefineLookup(INVITATION_OF_TOKEN),
    ]
