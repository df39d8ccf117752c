"""What is remembered of restore drills, for whoever asks how this installation is kept safe."""

from uuid import uuid4

from django.db import models


class RestoreDrill(models.Model):
    """One drill: a backup restored beside the installation, and what was found there.

    It is about the whole installation, and holds numbers only.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    at = models.DateTimeField(db_index=True)
    backup_made_at = models.DateTimeField()
    has_passed = models.BooleanField()
    seconds = models.FloatField()
    organization_count = models.PositiveIntegerField()
    opened_count = models.PositiveIntegerField()
    closed_count = models.PositiveIntegerField()
    file_count = models.PositiveIntegerField()
    event_count = models.PositiveBigIntegerField(null=True)
