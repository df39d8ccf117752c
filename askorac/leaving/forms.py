"""The form of an archive that comes in."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from .imports import MOST_UPLOAD_BYTES, TOO_LARGE


class ImportForm(forms.Form):
    """An archive."""

    archive = forms.FileField(
        label="Archive",
        help_text="A ZIP file that an export has made, here or elsewhere; at most 100 MB.",
        allow_empty_file=True,
    )

    def clean_archive(self) -> "UploadedFile[Any]":
        """The file, if it is not too large."""
        file: UploadedFile[Any] = self.cleaned_data["archive"]
        if (file.size or 0) > MOST_UPLOAD_BYTES:
            raise ValidationError(TOO_LARGE)
        return file
