"""What people fill in to add a source."""

from django import forms

from askorac.net.urls import MOST_URL_CHARACTERS

from .naming import MOST_TEXT_CHARACTERS


class PageForm(forms.Form):
    """The address of a web page, as it is typed or pasted."""

    url = forms.CharField(
        label="Address",
        max_length=MOST_URL_CHARACTERS,
        widget=forms.TextInput(
            attrs={
                "inputmode": "url",
                "autocomplete": "url",
                "autocapitalize": "none",
                "spellcheck": "false",
                "placeholder": "https://example.com/prices",
                "dir": "ltr",
            }
        ),
        help_text="One page, as anybody can open it without a login. A PDF or another document "
        "that lies at an address works as well.",
        error_messages={"required": "Give the address of the page."},
    )


class TextForm(forms.Form):
    """A pasted text with the title by which answers cite it."""

    title = forms.CharField(
        label="Title", max_length=255, help_text="Answers that quote this text name it by that."
    )
    text = forms.CharField(
        label="Text",
        max_length=MOST_TEXT_CHARACTERS,
        widget=forms.Textarea,
        help_text="Markdown headings help: an answer is quoted from one section.",
    )
