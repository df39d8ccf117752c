"""Characters that no document means to show, taken out; others folded to what they stand for."""

from __future__ import annotations

import re
import unicodedata

_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_BULLETS = re.compile("[\uf0b7\uf0a7\uf0a8\uf0d8\uf076\uf0fc\uf06e\uf06c\uf0be]")
# Ligatures (fi, ffl), radicals that stand for Chinese letters, and the Arabic presentation forms,
# of which PDF fonts are full.
_PRESENTATION_FORMS = re.compile("[\u2f00-\u2fd5\ufb00-\ufb06\ufb50-\ufdff\ufe70-\ufefc]+")
# NUL and the other controls (Postgres refuses NUL), soft hyphens, byte order marks, direction
# marks, halves of surrogate pairs, noncharacters, the private use areas, and the tag characters
# in which text can be hidden from the reader's eye.
_UNSHOWN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\ue000-\uf8ff"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff]+"
)
_TRAILING = re.compile(r"[ \t]+(?=\n|\Z)")


def clean(text: str) -> str:
    r"""Return ``text`` in NFC with ``\n`` as its only line end and nothing that is not shown."""
    text = _LINE_ENDS.sub("\n", text)
    if text.isascii():
        return _UNSHOWN.sub("", text)
    text = _SPACES.sub(" ", text)
    text = _BULLETS.sub("•", text)
    text = _PRESENTATION_FORMS.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    text = _UNSHOWN.sub("", text)
    return unicodedata.normalize("NFC", text)


def strip_lines(text: str) -> str:
    """Return ``text`` without spaces at the ends of lines and empty lines at either end."""
    return _TRAILING.sub("", text).strip("\n")


def one_line(text: str) -> str:
    """Return ``text`` with every run of white space as one space."""
    return " ".join(text.split())
