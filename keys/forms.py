"""What people fill in about keys and models. A key that was typed is never sent back."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms

from keys.entering import MOST_LABEL, OFFERED, NewKey
from keys.models import Provider
from keys.own_services import MOST_ADDRESS, MOST_NAME, MOST_SECRET, Wanted
from projects.models import Project

NO_SERVER: Final = "Write the address of the server, such as https://vault.example.com:8200."
NO_ARN: Final = (
    "Write the ARN of the key, such as arn:aws:kms:eu-central-1:111122223333:key/1234abcd."
)
_COLONS_OF_AN_ARN: Final = 5


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

    def __init__(self, data: Any, *, projects: Sequence[Project], chosen: str = "") -> None:
        super().__init__(data, initial={"project_id": chosen})
        self.fields["project_id"] = forms.ChoiceField(
            label="It is used by",
            required=False,
            choices=[
                ("", "All projects"),
                *((str(project.pk), project.name) for project in projects),
            ],
            help_text="The key of a project comes before that of the organization.",
        )


def _from(datalist: str) -> forms.TextInput:
    """A line to type in, with what can be chosen offered while one types."""
    return forms.TextInput(attrs={"list": datalist, "autocomplete": "off", "spellcheck": "false"})


class ModelsForm(forms.Form):
    """Which models answer and embed, each as `provider/model`; empty: the default."""

    chat = forms.CharField(
        label="Answers are written by",
        required=False,
        widget=_from("chat-models"),
        help_text="The provider and its model, such as openai/gpt-5.6-luna. local/quotes quotes"
        " the documents and asks nobody.",
    )
    fallback = forms.CharField(
        label="When that can't be had",
        required=False,
        widget=_from("chat-models"),
        help_text="Another one that answers while the first is down, such as"
        " anthropic/claude-haiku-4-5.",
    )
    embedding = forms.CharField(
        label="Passages are found by",
        required=False,
        widget=_from("embedding-models"),
        help_text="Such as openai/text-embedding-3-small, or openai/name/1024 for one of 1,024"
        " dimensions. Anthropic has none; local runs on this server, so that nothing leaves it."
        " Documents are embedded anew, and answers go on meanwhile.",
    )


class OpenBaoForm(forms.Form):
    """A key in OpenBao or Vault, and what it is used with."""

    address = forms.CharField(
        label="Address of the server",
        max_length=MOST_ADDRESS,
        help_text="Such as https://vault.example.com:8200. AskOrac has to reach it.",
    )
    mount = forms.CharField(label="Path of the transit engine", max_length=100, initial="transit")
    key_name = forms.CharField(label="Name of the key", max_length=100, initial="askorac")
    namespace = forms.CharField(label="Namespace", max_length=100, required=False)
    name = forms.CharField(
        label="Role ID",
        max_length=MOST_NAME,
        required=False,
        help_text="Of an AppRole. Empty, if you give a token.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    secret = forms.CharField(
        label="Token, or secret ID of the AppRole",
        max_length=MOST_SECRET,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="It is kept sealed, and never shown again.",
    )

    def clean_address(self) -> str:
        """Raises ValidationError for what is no address of a server."""
        address = str(self.cleaned_data["address"]).rstrip("/")
        if not address.startswith(("https://", "http://")):
            raise forms.ValidationError(NO_SERVER)
        return address

    def wanted(self) -> Wanted:
        """What was typed."""
        typed = self.cleaned_data
        place = f"{typed['mount'].strip('/')}/keys/{typed['key_name'].strip('/')}"
        query = f"?namespace={typed['namespace'].strip('/')}" if typed["namespace"] else ""
        address = f"openbao+{typed['address']}/{place}{query}"
        return Wanted(address, typed["name"], typed["secret"])


class AwsForm(forms.Form):
    """A key in AWS KMS, and what it is used with."""

    address = forms.CharField(
        label="ARN of the key",
        max_length=MOST_ADDRESS,
        help_text="Such as arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef…",
    )
    name = forms.CharField(
        label="ARN of the role, or ID of an access key",
        max_length=MOST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    secret = forms.CharField(
        label="Secret of the access key",
        max_length=MOST_SECRET,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Empty for a role. It is kept sealed, and never shown again.",
    )

    def clean_address(self) -> str:
        """Raises ValidationError for what is no ARN of a key."""
        arn = str(self.cleaned_data["address"])
        if not arn.startswith("arn:") or arn.count(":") != _COLONS_OF_AN_ARN:
            raise forms.ValidationError(NO_ARN)
        return arn

    def wanted(self) -> Wanted:
        """What was typed."""
        typed = self.cleaned_data
        region = typed["address"].split(":")[3]
        address = f"awskms://{region}/{typed['address']}"
        return Wanted(address, typed["name"], typed["secret"])
