"""What people fill in to search the audit trail, and to have its checkpoints sent."""

from ipaddress import ip_address
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict

from .trail.actions import TARGETS
from .trail.searching import SESSION
from .trail.subjects import SUBJECTS

NO_ADDRESS = "Give an address such as 203.0.113.7, or the beginning of one, such as 203.0.113."


class DeliveryForm(forms.Form):
    """Where checkpoints are sent."""

    addresses = forms.CharField(
        label="By mail to",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Mail addresses, one a line, five at most. People who keep them outside of this"
        " organization's own systems are best.",
    )
    webhook_url = forms.CharField(
        label="To a web address",
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "url"}),
        help_text="It is posted there as JSON. Whoever receives it checks its signature.",
    )


class TrailForm(forms.Form):
    """Which audit events are shown."""

    # Besides a name, an address, or a part of them, these may be typed as who it was.
    KINDS: ClassVar[dict[str, str]] = {
        "member": "Members",
        "api_key": "Programs with an API key",
        "visitor": "Visitors",
        "staff": "AskOrac staff",
        "system": "AskOrac itself",
    }

    text = forms.CharField(
        label="Words",
        required=False,
        max_length=100,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "Somebody, or something", "data-search": ""}
        ),
    )
    action = forms.ChoiceField(label="What", required=False)
    actor = forms.CharField(
        label="Who",
        required=False,
        max_length=254,
        widget=forms.TextInput(
            attrs={"type": "search", "list": "actors", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    target_kind = forms.ChoiceField(label="On what", required=False)
    target_id = forms.UUIDField(
        label="Its id", required=False, error_messages={"invalid": "This is not an id."}
    )
    address = forms.CharField(label="From where", required=False, max_length=45)
    session = forms.RegexField(
        SESSION,
        label="In session",
        required=False,
        error_messages={"invalid": "Give four to sixteen of the digits that stand in a row."},
    )
    since = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        by_subject = [(subject, list(named.items())) for subject, named in SUBJECTS.items()]
        self._choose("action", [("", "Anything"), *by_subject])
        kinds = sorted((_alone(words), kind) for kind, words in TARGETS.items())
        self._choose("target_kind", [("", "Anything"), *((kind, words) for words, kind in kinds)])

    def clean_address(self) -> str:
        """As it is written down, or its beginning."""
        given: str = self.cleaned_data["address"].strip().lower()
        if given.endswith((".", ":")) and set(given) <= set("0123456789abcdef.:"):
            return given
        try:
            return str(ip_address(given)) if given else ""
        except ValueError:
            raise forms.ValidationError(NO_ADDRESS) from None

    def clean(self) -> dict[str, Any]:
        """With an end that is not before the beginning."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            self.add_error("until", "This is before “From”. Swap the two days.")
        return cleaned

    @classmethod
    def kinds_like(cls, text: str) -> list[str]:
        """The kinds of actors, as they may be typed, that have a text in their words."""
        return [words for words in cls.KINDS.values() if text.casefold() in words.casefold()]

    @classmethod
    def kind_of(cls, text: str) -> str:
        """The kind of actors that was typed, by its name or its words; empty if it is none."""
        named = {words.casefold(): kind for kind, words in cls.KINDS.items()}
        given = text.casefold()
        return given if given in cls.KINDS else named.get(given, "")

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


def _alone(words: str) -> str:
    words = words.removesuffix(" of")
    return words[:1].upper() + words[1:]
