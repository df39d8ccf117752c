"""What people fill in about themselves and their projects."""

from typing import Any

from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from .models import User
from .signup import found_organization


class SignupForm(AllauthSignupForm):  # type: ignore[misc]  # allauth has no types
    """Who signs up, and for which organization."""

    name = forms.CharField(label="Your name", max_length=120)
    organization_name = forms.CharField(label="Organization", max_length=120)

    field_order = ("name", "organization_name", "email", "password1")

    def save(self, request: HttpRequest) -> User:
        """The user and their new organization, both or neither."""
        return found_organization(
            name=self.cleaned_data["organization_name"],
            founder=lambda: self._save_user(request),
            now=timezone.now(),
        )

    def signup(self, request: HttpRequest, user: User) -> None:
        """allauth's hook before its own last save: the name belongs to the user."""
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])

    def _save_user(self, request: HttpRequest) -> Any:
        return super().save(request)


class ProjectForm(forms.Form):
    """A project's name."""

    name = forms.CharField(
        label="Name",
        max_length=80,
        help_text="Your colleagues see it here, visitors see it above the conversation.",
    )


class DeleteProjectForm(forms.Form):
    """The name of the project, typed again, so that no click alone deletes it."""

    name = forms.CharField(label="Type the project's name to confirm", max_length=80)

    def __init__(self, data: QueryDict | None, *, project_name: str) -> None:
        # In the dialog it stands beside the settings' own field, which has an id already.
        super().__init__(data, auto_id="delete_%s")
        self.project_name = project_name
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def clean_name(self) -> str:
        """The name, if it is the project's, however it is spaced."""
        name: str = self.cleaned_data["name"]
        if " ".join(name.split()) != self.project_name:
            raise forms.ValidationError("This is not the name of the project. Nothing was deleted.")
        return name
