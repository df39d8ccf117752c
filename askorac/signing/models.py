"""The keys that this installation signs with. They are no customer's."""

from django.db import models
from django.db.models import Q


class SigningKey(models.Model):
    """The one key that signs now, its seed wrapped by the installation's key service.

    There is one slot: the app role may fill it when it is empty, and can't put another key in the
    place of the one that lies there, nor beside it.
    """

    slot = models.CharField(max_length=4, primary_key=True, default="live")
    key_id = models.CharField(max_length=16)
    public_key = models.BinaryField()
    wrapped_seed = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(slot="live"), name="signing_one_slot"),)


class FormerSigningKey(models.Model):
    """A key that signed until `retired_at`: what it signed then still holds."""

    key_id = models.CharField(max_length=16, primary_key=True)
    public_key = models.BinaryField()
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField()
