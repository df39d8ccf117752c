"""What people fill in about themselves and their projects."""

from collections.abc import Sequence

from django import forms
from django.http import QueryDict

from .models import Project, Rights, StaffRules
from .settings import NOT_A_SCORE
from .wording import one_line


class ProjectForm(forms.Form):
    """A project's name."""

    name = forms.CharField(
        label="Name",
        max_length=80,
        help_text="Your colleagues see it here, visitors see it above the conversation.",
    )


class GeneralForm(forms.Form):
    """What a project is called, and how its assistant should behave."""

    name = forms.CharField(
        label="Name",
        help_text="Your colleagues see it here, visitors see it above the conversation.",
        error_messages={"required": "Give the project a name."},
    )
    instructions = forms.CharField(
        label="Instructions",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="How a language model should answer: its tone, its language, what it should not"
        " talk about. They can't make it say what your documents don't.",
    )


class AnswersForm(forms.Form):
    """When no answer is given, and what a visitor is told and offered then."""

    answer_floor = forms.FloatField(
        label="Threshold of “I don’t know”",
        required=False,
        widget=forms.NumberInput(attrs={"step": "0.01", "min": "0", "max": "1"}),
        help_text="How near the best passage must be to the question, from 0 (anything will do) to"
        " 1 (the very words). Raise it if answers miss the point; lower it if the assistant gives"
        " up on questions that your documents answer. Empty: the embedding model's own threshold.",
        error_messages={"invalid": NOT_A_SCORE},
    )
    unanswered_text = forms.CharField(
        label="What is said instead of an answer",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Empty: that the documents don't hold the answer.",
    )
    contact_label = forms.CharField(
        label="What is offered then",
        required=False,
        help_text="The words on the link, such as “Write to our help desk”.",
    )
    contact_url = forms.CharField(
        label="Where it leads",
        required=False,
        help_text="A web address, a mail address or a telephone number.",
    )


class OrganizationForm(forms.Form):
    """What an organization is called; `seen` is what it was called when the page was opened."""

    name = forms.CharField(
        label="Name",
        help_text="Your colleagues see it beside their projects. Visitors don't.",
        error_messages={"required": "Give the organization a name."},
    )
    seen = forms.CharField(widget=forms.HiddenInput)


class NewOrganizationForm(forms.Form):
    """What a further organization is called."""

    name = forms.CharField(
        label="Name",
        max_length=120,
        help_text="You are its owner. It shares nothing with your other organizations.",
        error_messages={"required": "Give the organization a name."},
    )


class JoinForm(forms.Form):
    """An account for who was invited; the address is the invitation's."""

    name = forms.CharField(
        label="Your name",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Give your name: your colleagues see it."},
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 10 characters. No common password, and not your name or address.",
        error_messages={"required": "Choose a password."},
    )


class DeleteAccountForm(forms.Form):
    """The address of the account, typed again, so that no click alone deletes it."""

    email = forms.CharField(label="Type your email address to confirm", max_length=254)

    def __init__(self, data: QueryDict | None, *, email: str) -> None:
        super().__init__(data)
        self.own = email
        self.fields["email"].widget.attrs["autocomplete"] = "off"

    def clean_email(self) -> str:
        """The address, if it is the account's."""
        typed: str = self.cleaned_data["email"]
        if typed.strip().lower() != self.own:
            raise forms.ValidationError("This is not your address. Nothing was deleted.")
        return typed


class ProfileForm(forms.Form):
    """What a person is called."""

    name = forms.CharField(
        label="Your name",
        help_text="Your colleagues see it. Visitors don't.",
        error_messages={"required": "Give your name: your colleagues see it."},
    )


class DeleteForm(forms.Form):
    """The name of what is to be deleted, typed again, so that no click alone deletes it."""

    name = forms.CharField(max_length=120)

    def __init__(self, data: QueryDict | None, *, name: str, kind: str) -> None:
        # In the dialog it stands beside the settings' own field, which has an id already.
        super().__init__(data, auto_id="delete_%s")
        self.wanted, self.kind = name, kind
        self.fields["name"].label = f"Type the {kind}'s name to confirm"
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def clean_name(self) -> str:
        """The name, if it is the right one, however it is spaced."""
        name: str = self.cleaned_data["name"]
        if one_line(name) != one_line(self.wanted):
            raise forms.ValidationError(
                f"This is not the name of the {self.kind}. Nothing was deleted."
            )
        return name


class ApiKeyForm(forms.Form):
    """An API key to be made; `projects` are those that it may be kept to."""

    WHOLE = ""

    name = forms.CharField(
        label="Name",
        max_length=80,
        help_text="Say which program has it, so that you know what stops when you revoke it.",
    )
    rights = forms.ChoiceField(
        label="It may",
        choices=[(Rights.READ, "Read"), (Rights.WRITE, "Read and write")],
        help_text="Searching and reading need no more than the first.",
    )

    def __init__(self, data: QueryDict | None, *, projects: Sequence[Project]) -> None:
        super().__init__(data)
        kept_to = [(str(project.pk), project.name) for project in projects]
        self.fields["project"] = forms.ChoiceField(
            label="It opens",
            required=False,
            choices=[(self.WHOLE, "All projects, and these keys"), *kept_to],
        )


class StaffRuleForm(forms.Form):
    """What happens when our staff asks for access to content."""

    rule = forms.ChoiceField(
        label="When AskOrac's staff asks for access",
        help_text="Whatever you choose: they give a reason, have four hours at most, and each "
        "conversation and document that they look at stands in your audit trail.",
        choices=[
            (StaffRules.ASK, "Ask us each time"),
            (StaffRules.ALLOW, "Let them in at once, and tell us"),
            (StaffRules.NEVER, "Never let them in"),
        ],
    )


class AskForAccessForm(forms.Form):
    """What one of our staff gives as the reason for a look at content, and for how long."""

    reason = forms.CharField(
        label="Reason",
        max_length=200,
        help_text="Its people read it: the request or the ticket that they know of, and what for.",
    )
    minutes = forms.TypedChoiceField(
        label="For how long",
        coerce=int,
        choices=[(15, "15 minutes"), (30, "30 minutes"), (60, "1 hour"), (240, "4 hours")],
        initial=30,
    )

    def clean_reason(self) -> str:
        return one_line(self.cleaned_data["reason"])


class LimitsForm(forms.Form):
    """What one organization may use at most; an empty field is no limit of its own."""

    questions_a_minute = forms.IntegerField(required=False, min_value=0, max_value=100_000)
    questions_a_day = forms.IntegerField(required=False, min_value=0, max_value=2_000_000_000)
    sources = forms.IntegerField(required=False, min_value=0, max_value=2_000_000_000)
    stored_bytes = forms.IntegerField(required=False, min_value=0, max_value=2**53)
    reason = forms.CharField(
        label="Reason", max_length=200, help_text="The organization reads it in its own trail."
    )

    def clean_reason(self) -> str:
        return one_line(self.cleaned_data["reason"])
