"""Our staff's access to content: the rule, the requests, and who of our staff acts, signed."""

import datetime
import uuid

import django.db.models.expressions
from django.db import migrations, models

from askorac.tenancy.access_deeds import ACCESS_DEEDS
from askorac.tenancy.deeds import RESUME_ORGANIZATION, RETRY_JOB, SUSPEND_ORGANIZATION
from askorac.tenancy.isolation import Isolation
from askorac.tenancy.operations import DefineLookup, Isolate
from askorac.tenancy.staff_context import STAFF_FUNCTIONS

# Whether a user is of our staff is asked in one place now; these policies are of no use any more.
_OLD_POLICIES = [
    f"DROP POLICY IF EXISTS resolver_{name} ON projects_user"
    for name in ("suspend_organization", "resume_organization", "retry_job")
]


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0013_an_owner_stays"),
        ("jobs", "0004_open_and_newest"),
    ]

    operations = [
        migrations.CreateModel(
            name="StaffGrant",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField(editable=False)),
                ("staff_user_id", models.UUIDField()),
                ("staff_name", models.CharField(max_length=254)),
                ("reason", models.CharField(max_length=200)),
                ("minutes", models.PositiveSmallIntegerField()),
                ("asked_at", models.DateTimeField()),
                ("lapses_at", models.DateTimeField()),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[("allowed", "Allowed"), ("refused", "Refused")],
                        max_length=7,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "decided_by",
                    models.CharField(blank=True, db_default="", default="", max_length=254),
                ),
                ("expires_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "ended_by",
                    models.CharField(blank=True, db_default="", default="", max_length=254),
                ),
                ("viewed_in", models.BigIntegerField(null=True)),
                ("view_count", models.PositiveIntegerField(default=0)),
                ("last_viewed_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        fields=["organization_id", "-asked_at", "id"], name="staff_grant_newest"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="staff_grant_has_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("minutes__gte", 1), ("minutes__lte", 240)),
                        name="staff_grant_minutes_bounded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", True),
                                ("decision", ""),
                                ("expires_at__isnull", True),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decision", "refused"),
                                ("expires_at__isnull", True),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decision", "allowed"),
                                ("expires_at__isnull", False),
                                (
                                    "expires_at__lte",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("decided_at"),
                                        "+",
                                        models.Value(datetime.timedelta(seconds=14400)),
                                    ),
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="staff_grant_ends_in_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StaffRule",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField(editable=False)),
                (
                    "rule",
                    models.CharField(
                        choices=[("ask", "Ask"), ("allow", "Allow"), ("never", "Never")],
                        max_length=5,
                    ),
                ),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("organization_id",), name="staff_rule_once"),
                    models.CheckConstraint(
                        condition=models.Q(("rule__in", ["ask", "allow", "never"])),
                        name="staff_rule_known",
                    ),
                ],
            },
        ),
        Isolate(
            "StaffRule",
            Isolation(
                app=("SELECT", "INSERT", "UPDATE"),
                staff=("id", "organization_id", "rule", "changed_at"),
            ),
        ),
        Isolate(
            "StaffGrant",
            Isolation(
                app=(
                    "SELECT",
                    "UPDATE (decision, decided_at, decided_by, expires_at, ended_at, ended_by)",
                ),
                staff=(
                    "id",
                    "organization_id",
                    "staff_user_id",
                    "staff_name",
                    "reason",
                    "minutes",
                    "asked_at",
                    "lapses_at",
                    "decision",
                    "decided_at",
                    "expires_at",
                    "ended_at",
                    "view_count",
                    "last_viewed_at",
                ),
            ),
        ),
        *(DefineLookup(function) for function in (*STAFF_FUNCTIONS, *ACCESS_DEEDS)),
        *(DefineLookup(each) for each in (SUSPEND_ORGANIZATION, RESUME_ORGANIZATION, RETRY_JOB)),
        migrations.RunSQL(_OLD_POLICIES, migrations.RunSQL.noop),
    ]
