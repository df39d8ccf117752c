"""Short texts that people type, made into what is kept."""

from django.core.exceptions import ValidationError


def one_line(text: str) -> str:
    """The text on one line, without the character that PostgreSQL keeps in no text."""
    return " ".join(text.replace("\0", "").split())


def usable_line(text: str, *, most: int, missing: str) -> str:
    """A line that has to be there; `missing` is what is said if it is not.

    Raises ValidationError if it is empty, or longer than `most` characters.
    """
    line = one_line(text)
    if not line:
        raise ValidationError(missing)
    if len(line) > most:
        raise ValidationError(f"Use at most {most:,} characters; these are {len(line):,}.")
    return line
