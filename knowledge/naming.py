"""What a person calls a source, made usable: names of files, titles, addresses, their own ids."""

from django.conf import settings
from django.core.exceptions import ValidationError

from askorac.net.faults import Forbidden
from askorac.net.urls import MOST_URL_CHARACTERS, target_of
from projects.wording import one_line

MOST_TEXT_CHARACTERS = 1_000_000
MOST_ID_CHARACTERS = 200


def usable_file_name(name: str) -> str:
    """The last part of a path, without control characters, with its ending kept when shortened.

    Raises ValidationError if nothing is left.
    """
    name = name.replace("\\", "/").rpartition("/")[2]
    name = "".join(character for character in name if character.isprintable()).strip()
    if not name:
        raise ValidationError("The file has no name. Give it one, and upload it again.")
    stem, dot, ending = name.rpartition(".")
    return name if len(name) <= 255 else f"{stem[: 254 - len(ending)]}{dot}{ending}"[:255]


def usable_title(title: str) -> str:
    """A title in one line of at most 255 characters. Raises ValidationError if there is none."""
    title = one_line(title)[:255]
    if not title:
        raise ValidationError("Give the text a title: answers cite it by that.")
    return title


def usable_text(text: str) -> str:
    """A pasted text as it is kept. Raises ValidationError if it is empty or too long."""
    text = text.replace("\0", "").strip()
    if not text:
        raise ValidationError("Paste some text.")
    if len(text) > MOST_TEXT_CHARACTERS:
        raise ValidationError("This text is longer than a million characters. Upload it as a file.")
    return text


def usable_url(url: str) -> str:
    """A page's address as it is kept, with https:// in front if no scheme was typed.

    Raises ValidationError for one that is never fetched, by what can be told without a look-up.
    """
    url = url.strip()
    if not url:
        raise ValidationError("Give the address of the page, such as https://example.com/prices.")
    if "://" not in url:
        url = f"https://{url}"
    try:
        target = target_of(url, allow=settings.ALLOW_PRIVATE_ADDRESSES)
    except Forbidden as error:
        raise ValidationError(error.sentence, code=error.code) from None
    _, mark, fragment = url.partition("#")
    kept = f"{target.url}{mark}{fragment}"
    return kept if len(kept) <= MOST_URL_CHARACTERS else target.url[:MOST_URL_CHARACTERS]


def usable_external_id(external_id: str) -> str:
    """The caller's own id of a source, or "". Raises ValidationError if it can't be kept."""
    if len(external_id) > MOST_ID_CHARACTERS:
        raise ValidationError("Use at most 200 characters for the external id.")
    if not external_id.isprintable():
        raise ValidationError("Use an external id without invisible characters.")
    return external_id.strip()
