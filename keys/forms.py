"""What people fill in about provider keys and models. A key that was typed is never sent back."""

from collections.abc import Sequence
from typing import Any

from django import forms

from keys.entering import MOST_LABEL, OFFERED, NewKey
from keys.models import Provider
from projects.models import Project


class ReplaceKeyForm(forms.Form):
    """Another key in the place of one."""

    label = forms.CharField(
        label="Label", max_length=MOST_LABEL, help_text="Whose account it is, or what it is for."
    )
    key = forms.CharField(
        label="Key",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="It is checked at the provider, kept sealed, and never shown again. Leave it"
        " empty only for a server of your own that wants none.",
    )
    base_url = forms.CharField(
        label="Address",
        required=False,
        help_text="For a server that speaks OpenAI's format, such as https://llm.example.com/v1."
        " Empty: the provider's own.",
    )
    model = forms.CharField(
        label="Model that answers",
        required=False,
        help_text="Projects that choose none use it. Empty: the usual one of the provider.",
    )

    def new_key(self, provider: str) -> NewKey:
        """What was typed."""
        typed = self.cleaned_data
        return NewKey(provider, typed["label"], typed["key"], typed["base_url"], typed["model"])


class AddKeyForm(ReplaceKeyForm):
    """A key to be added; `projects` are those that it may be kept to."""

    field_order = ("provider", "label", "key", "base_url", "model", "project_id")

    provider = forms.ChoiceField(
        label="Provider", choices=[(each.value, Provider(each).label) for each in OFFERED]
    )

    def __init__(self, data: Any, *, projects: Sequence[Project]) -> None:
        super().__init__(data)
        self.fields["project_id"] = forms.ChoiceField(
            label="It is used by",
            required=False,
            choices=[
                ("", "All projects"),
                *((str(project.pk), project.name) for project in projects),
            ],
            help_text="The key of a project comes before that of the organization.",
        )


class ModelsForm(forms.Form):
    """Which models answer and embed, each as `provider/model`; empty: the default."""

    chat = forms.CharField(
        label="Answers are written by",
        required=False,
        help_text="The provider and its model, such as openai/gpt-5.6-luna. local/quotes quotes"
        " the documents and asks nobody.",
    )
    fallback = forms.CharField(
        label="When that can't be had",
        required=False,
        help_text="Another one that answers while the first is down, such as"
        " anthropic/claude-haiku-4-5.",
    )
    embedding = forms.CharField(
        label="Passages are found by",
        required=False,
        help_text="Such as openai/text-embedding-3-small. Anthropic has none; local runs on this"
        " server, so that nothing leaves it.",
    )
