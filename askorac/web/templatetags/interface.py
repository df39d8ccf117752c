"""What templates need to show numbers, times, icons and form controls the same way everywhere."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache

from django import template
from django.conf import settings
from django.forms import BoundField
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@register.simple_tag
def icon(name: str, classes: str = "", label: str = "") -> SafeString:
    """One icon of the sprite. Without a label it is decoration beside a word."""
    if not label:
        return _decoration(name, classes)
    return format_html(
        '<svg class="{}" role="img" aria-label="{}"><use href="{}#{}"></use></svg>',
        f"icon {classes}".strip(),
        label,
        static("icons.svg"),
        name,
    )


@cache  # of the few that our own templates name; a page of a list has a hundred
def _decoration(name: str, classes: str) -> SafeString:
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        f"icon {classes}".strip(),
        static("icons.svg"),
        name,
    )


@register.simple_tag
def mail_folder() -> str:
    """Where mail lies if there is no mail server, as far as strangers may know it; else nothing."""
    if settings.EMAIL_BACKEND != "askorac.web.kept_mail.EmailBackend":
        return ""
    return str(settings.EMAIL_FILE_PATH) if settings.DEVELOPMENT else settings.EMAIL_FILE_PATH.name


@register.filter
def dollars(amount: Decimal) -> str:
    """US dollars with as many places as say something: $1.23, $0.00042."""
    if amount >= 1 or not amount:
        return f"${amount:,.2f}"
    places = 1 - amount.adjusted()
    return f"${amount:.{max(2, places)}f}"


@register.simple_tag
def moment(at: datetime | None) -> SafeString | str:
    """How long ago, with the exact time on hover; the browser keeps it current."""
    if at is None:
        return ""
    return format_html(
        '<relative-time><time datetime="{}" title="{}">{}</time></relative-time>',
        at.isoformat(),
        f"{at:%-d %B %Y, %H:%M} UTC",
        relative(at, now=timezone.now()),
    )


def relative(at: datetime, *, now: datetime) -> str:
    """The distance of a past time from now in words; the date itself after a month."""
    seconds = max((now - at) / timedelta(seconds=1), 0)
    if seconds < MINUTE:
        return "just now"
    if seconds < HOUR:
        return _ago(int(seconds // MINUTE), "minute")
    if seconds < DAY:
        return _ago(int(seconds // HOUR), "hour")
    if seconds < 31 * DAY:
        return _ago(int(seconds // DAY), "day")
    return f"{at:%-d %b %Y}"


def _ago(amount: int, unit: str) -> str:
    return f"{amount} {unit}{'' if amount == 1 else 's'} ago"


@register.filter
def bytesize(size: int | None) -> str:
    """Bytes as kB or MB in powers of a thousand, as file managers show them."""
    if size is None:
        return ""
    if size < 1000:
        return f"{size} B"
    if size < 999_500:
        return f"{size / 1000:.0f} kB"
    return f"{size / 1_000_000:.1f}".removesuffix(".0") + " MB"


@register.filter
def thousands(number: int | None) -> str:
    """12345 as 12,345."""
    return "" if number is None else f"{number:,}"


@register.filter
def initials(name: str) -> str:
    """The first letters of the first and last word of a name, for an avatar."""
    words = name.split()
    if not words:
        return "?"
    chosen = [words[0]] if len(words) == 1 else [words[0], words[-1]]
    return "".join(word[0] for word in chosen).upper()


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """The form control alone: its label stands above it, so a placeholder would only repeat it."""
    return field.as_widget(attrs={"placeholder": False})
