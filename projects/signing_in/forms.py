"""What people fill in before they are logged in: in the same time for addresses that have an
account and for those that have none, so that nobody learns it."""

from typing import Any, Final
from uuid import uuid4

from allauth.account.adapter import get_adapter
from allauth.account.forms import ResetPasswordForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.account.models import EmailAddress
from allauth.core import context
from django import forms
from django.http import HttpRequest
from django.utils import timezone

from ..models import Refusal, User
from ..wording import usable_line
from .attempts import NOBODY, meant_by
from .mails import may_ask
from .sign_ins import note_refusal
from .signup import found_organization

MOST_NAME: Final = 120
NO_NAME: Final = "Give your name: your colleagues see it."
NO_ORGANIZATION: Final = "Give the organization a name."
TOO_MANY: Final = "There were too many requests from your network. Try again in a minute."


class SignupForm(AllauthSignupForm):  # type: ignore[misc]  # allauth has no types
    """Who signs up, and for which organization."""

    name = forms.CharField(label="Your name", max_length=MOST_NAME)
    organization_name = forms.CharField(label="Organization", max_length=MOST_NAME)

    field_order = ("name", "organization_name", "email", "password1")

    def clean_name(self) -> str:
        """The name, of which something has to be seen."""
        return usable_line(self.cleaned_data["name"], most=MOST_NAME, missing=NO_NAME)

    def clean_organization_name(self) -> str:
        """As a name."""
        name = self.cleaned_data["organization_name"]
        return usable_line(name, most=MOST_NAME, missing=NO_ORGANIZATION)

    def clean_email(self) -> str:
        """As the library's, unless too many sign up from one network."""
        if not may_ask(context.request, address=self.cleaned_data["email"], step="signup"):
            raise forms.ValidationError(TOO_MANY)
        email: str = super().clean_email()
        return email

    def try_save(self, request: HttpRequest) -> Any:
        """As the library's, in the same time for an address that has an account already: nobody
        learns from it that it has. Its owner is told by mail."""
        if self.account_already_exists:
            self._save_for_show(request)
        return super().try_save(request)

    def save(self, request: HttpRequest, *, is_for_show: bool = False) -> User:
        """The user and their new organization, both or neither."""
        return found_organization(
            name=self.cleaned_data["organization_name"],
            founder=lambda: self._save_user(request),
            now=timezone.now(),
            is_for_show=is_for_show,
        )

    def signup(self, request: HttpRequest, user: User) -> None:
        """allauth's hook before its own last save: the name belongs to the user."""
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])

    def _save_for_show(self, request: HttpRequest) -> None:
        """Do all that a new account takes, for an address that nobody can have, and undo it.

        What is noted of it costs what the library looks up of one that stays.
        """
        typed = self.cleaned_data["email"]
        self.account_already_exists = False
        self.cleaned_data["email"] = f"{uuid4().hex}@for-show.invalid"
        try:
            self.save(request, is_for_show=True)
        finally:
            self.account_already_exists = True
            self.cleaned_data["email"] = typed
        owner = meant_by(typed)
        note_refusal(
            user_id=owner.pk if owner else None, reason=Refusal.HAS_ACCOUNT, now=timezone.now()
        )

    def _save_user(self, request: HttpRequest) -> Any:
        return super().save(request)


class ResetForm(ResetPasswordForm):  # type: ignore[misc]
    """Where a link for another password goes. An address without an account is told so there."""

    def clean_email(self) -> str:
        """As the library's, with one look-up, whether somebody has the address or nobody."""
        email: str = get_adapter().clean_email(self.cleaned_data["email"].lower())
        if not may_ask(context.request, address=email, step="reset"):
            raise forms.ValidationError(TOO_MANY)
        user = meant_by(email)
        self.users = [user] if user is not None and user.is_active else []
        return email

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """As the library's, with its look-ups for a link where there is none to make."""
        if not self.users:
            _look_up(self.cleaned_data["email"])
        email: str = super().save(request, **kwargs)
        return email


def _look_up(email: str) -> None:
    """What the library looks up of a user for a link, where there is none."""
    EmailAddress.objects.filter(user_id=NOBODY, email=email).exists()
    EmailAddress.objects.filter(user_id=NOBODY).first()
    User.objects.filter(pk=NOBODY).first()
