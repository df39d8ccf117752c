"""Archives that leave, the parts that they are made of, and archives that come in."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from askorac.sealing.fields import SealedBytesField, SealedJSONField, SealedTextField
from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantForeignKey, TenantModel


class Export(TenantModel):
    """One archive of everything. Whether it is being made, and why not, stands in its job's row.

    `stage`, `project_at` and `after` say where its next part begins; `done` of `total` things are
    in it. Once it is `ready_at`, its bytes are those of its parts, one behind the other, until
    `expires_at`. Then the parts go, and the row says that it was there.
    """

    asked_by = models.CharField(max_length=254)
    created_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    is_expired = models.BooleanField(default=False)
    stage = models.CharField(max_length=20, blank=True)
    project_at = models.UUIDField(null=True)
    after = models.CharField(max_length=80, blank=True)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    size_bytes = models.PositiveBigIntegerField(default=0)

    isolation = Isolation(
        staff=("id", "organization_id", "created_at", "ready_at", "expires_at", "size_bytes")
    )

    clear: ClassVar[dict[str, str]] = {
        "asked_by": "A member's address or an API key's name, which lie in clear themselves.",
        "stage": "A word of our own code.",
        "after": "The id of a row, or the time of an event.",
    }

    class Meta(TenantModel.Meta):
        indexes = (models.Index(fields=["organization_id", "-created_at"], name="export_newest"),)


class ExportPart(TenantModel):
    """A piece of an archive, as it lies in the store of files, sealed with a key of its own.

    `entries` are what it holds of the archive: of each name, sums and place in the part.
    """

    export = TenantForeignKey("leaving.Export")
    number = models.PositiveIntegerField()
    key = SealedBytesField()
    size_bytes = models.PositiveBigIntegerField()
    entries = SealedJSONField()

    isolation = Isolation()

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["organization_id", "export", "number"], name="export_part_once"
            ),
        )


class Import(TenantModel):
    """One archive that was brought in, and what became of it.

    It lies in the store of files, sealed with `key`, until the import is over. All that it makes
    has ids that follow from this row's and the archive's, so that a worker that goes on makes
    nothing twice. `project_ids` are the projects that it made, `archived_ids` those of the archive
    in the same order; `remarks` what was taken over otherwise, or twice.
    """

    asked_by = models.CharField(max_length=254)
    name = SealedTextField()
    key = SealedBytesField()
    size_bytes = models.PositiveBigIntegerField()
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    stage = models.CharField(max_length=20, blank=True)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    project_ids = ArrayField(models.UUIDField(), default=list)
    archived_ids = ArrayField(models.UUIDField(), null=True, default=None)
    remarks = SealedJSONField()

    isolation = Isolation(
        staff=("id", "organization_id", "created_at", "finished_at", "size_bytes")
    )

    clear: ClassVar[dict[str, str]] = {
        "asked_by": "A member's address or an API key's name, which lie in clear themselves.",
        "stage": "A word of our own code.",
    }

    class Meta(TenantModel.Meta):
        indexes = (models.Index(fields=["organization_id", "-created_at"], name="import_newest"),)
