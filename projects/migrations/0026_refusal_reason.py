"""Why a sign-in was refused, in the place of whether it was held off."""

from django.db import migrations, models


class Migration(migrations.Migration):
    locks = "the refusals of the last seconds"

    dependencies = [("projects", "0025_revoked_api_keys")]

    operations = [
        migrations.RemoveField("RefusedSignIn", "is_held_off"),
        migrations.AddField(
            "RefusedSignIn",
            "reason",
            models.CharField(
                max_length=60,
                default="wrong password",
                choices=[
                    ("wrong password", "Wrong Word"),
                    ("too many attempts", "Held Off"),
                    ("sign-up with an address that has an account", "Has Account"),
                ],
            ),
            preserve_default=False,
        ),
    ]
