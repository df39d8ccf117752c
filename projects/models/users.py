"""The person who logs in: a global row, out of the app role's reach but for its members' names."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user with a usable password if one is given; the address is kept in lower case.

        Whoever makes one without signing up vouches for the address: it counts as confirmed.
        """
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        self.confirm_address(user)
        return user

    def confirm_address(self, user: "User") -> None:
        """Have the address of the login count as confirmed."""
        from allauth.account.models import EmailAddress

        EmailAddress.objects.using(self._db).update_or_create(
            user=user, email=user.email, defaults={"verified": True, "primary": True}
        )

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A member of our own staff, with every right in Django admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A login. What it may do follows from its memberships; `last_organization_id` is the one of
    them to which it switched last, where its next session begins."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    last_organization_id = models.UUIDField(null=True, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_lower"),
        )
        indexes = (models.Index(fields=["created_at"], name="user_newest"),)

    def __str__(self) -> str:
        return self.name or self.email
