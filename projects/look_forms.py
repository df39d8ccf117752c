"""The forms of an assistant's look."""

from typing import Any, Self

from django import forms

from .look import MOST_GREETING, MOST_NAME, Look
from .models import Position, Theme


class LookForm(forms.Form):
    """What visitors see before they ask."""

    assistant_name = forms.CharField(
        label="Name",
        required=False,
        max_length=MOST_NAME,
        help_text="Stands above the conversation. Empty: the project’s name.",
    )
    greeting = forms.CharField(
        label="Greeting",
        max_length=MOST_GREETING,
        help_text="The first thing that visitors read.",
        error_messages={"required": "Say something to visitors: it is the first thing they read."},
    )
    suggestions = forms.CharField(
        label="Suggested questions",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Up to three, one a line. They can be asked with one click.",
    )
    accent = forms.CharField(
        label="Colour",
        max_length=7,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
        help_text="Of the button, the questions and the links; written like #0b6480.",
    )
    theme = forms.ChoiceField(
        label="Light or dark",
        choices=[
            (Theme.AUTO, "As each visitor’s device is set"),
            (Theme.LIGHT, "Light"),
            (Theme.DARK, "Dark"),
        ],
    )
    position = forms.ChoiceField(
        label="Corner of the page",
        choices=[(Position.RIGHT, "At the right"), (Position.LEFT, "At the left")],
    )

    @classmethod
    def initial_of(cls, look: Look) -> dict[str, Any]:
        """The fields of a look as it is."""
        kept = {name: getattr(look, name) for name in cls.base_fields}
        return {**kept, "suggestions": "\n".join(look.suggestions)}

    def look(self: Self) -> Look:
        """What was filled in; the domain says whether it can be used."""
        filled = self.cleaned_data
        return Look(**{**filled, "suggestions": tuple(filled["suggestions"].splitlines())})


class AvatarForm(forms.Form):
    """A picture to be uploaded."""

    picture = forms.FileField(
        label="Choose a picture",
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,image/gif"}),
        help_text="PNG, JPEG, WebP or GIF with at most 2 MB. Its middle is shown in a circle.",
        error_messages={"required": "Choose a file first."},
    )
