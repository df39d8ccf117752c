"""What people fill in to add a source."""

from django import forms

from .naming import MOST_TEXT_CHARACTERS


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
