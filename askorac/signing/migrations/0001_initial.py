from django.db import migrations, models

from askorac.tenancy.global_tables import statements


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="SigningKey",
            fields=[
                (
                    "slot",
                    models.CharField(
                        default="live", max_length=4, primary_key=True, serialize=False
                    ),
                ),
                ("key_id", models.CharField(max_length=16)),
                ("public_key", models.BinaryField()),
                ("wrapped_seed", models.BinaryField()),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("slot", "live")), name="signing_one_slot"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FormerSigningKey",
            fields=[
                (
                    "key_id",
                    models.CharField(max_length=16, primary_key=True, serialize=False),
                ),
                ("public_key", models.BinaryField()),
                ("created_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(
            list(statements("signing_signingkey", "signing_formersigningkey")),
            migrations.RunSQL.noop,
        ),
    ]
