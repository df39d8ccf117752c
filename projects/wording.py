"""Short texts that people type, made into what is kept."""

import re
import unicodedata
from typing import Final

from django.core.exceptions import ValidationError

# What draws nothing and changes how the rest is read: controls, overrides of the direction, tags,
# spaces without a width. Whitespace is no part of it, and neither are the two joiners.
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
# Persian, Indic scripts and emoji need a joiner between two characters, and none elsewhere.
_LOOSE_JOINERS: Final = re.compile("(?<!\\S)[\u200c\u200d]+|[\u200c\u200d]+(?!\\S)")
_JOINERS: Final = re.compile("([\u200c\u200d])[\u200c\u200d]+")
# Letters and signs by their category that draw nothing.
_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_UNSEEN: Final = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Mn", "Mc", "Me"})


def one_line(text: str) -> str:
    """The text on one line, without characters that nobody sees; among them NUL, which PostgreSQL
    keeps in no text."""
    line = _JOINERS.sub(r"\1", _HIDDEN.sub("", text))
    return " ".join(_LOOSE_JOINERS.sub("", line).split())


def usable_line(text: str, *, most: int, missing: str) -> str:
    """A line that has to be there; `missing` is what is said if it is not.

    Raises ValidationError if nothing in it can be seen, or if it is longer than `most` characters.
    """
    line = one_line(text)
    if not any(map(_is_seen, line)):
        raise ValidationError(missing)
    if len(line) > most:
        raise ValidationError(f"Use at most {most:,} characters; these are {len(line):,}.")
    return line


def _is_seen(character: str) -> bool:
    return character not in _BLANK and unicodedata.category(character) not in _UNSEEN
