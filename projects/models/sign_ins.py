"""Sign-ins that were refused, until they stand in the trails of who was meant."""

import uuid

from django.db import models


class Refusal(models.TextChoices):
    """Why somebody was not let in, as the trail tells it."""

    WRONG_WORD = "wrong password"
    HELD_OFF = "too many attempts"
    HAS_ACCOUNT = "sign-up with an address that has an account"


class RefusedSignIn(models.Model):
    """A refusal at the login, for an address of ours or for one that nobody has.

    It is of no organization, and lies here for a moment: written in the same time whether the
    address is known, so that nobody learns it, and filed behind the answer. `user_id` is None for
    an address that nobody has; that address is kept nowhere.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user_id = models.UUIDField(null=True)
    address = models.CharField(max_length=45)
    reason = models.CharField(max_length=60, choices=Refusal.choices)
    at = models.DateTimeField()
