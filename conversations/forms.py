"""What people fill in: where the widget may stand, and which conversations they look for."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from urllib.parse import urlencode

from django import forms

from projects.models import Project

from .listing import Wanted
from .visitors import visitors_like
from .words import terms_sought

MOST_DOMAINS: Final = 100
_ANYTHING: Final = ("", "Anything")


class DomainsForm(forms.Form):
    """Domains, one a line."""

    domains = forms.CharField(
        label="One site a line. Only pages of these sites may carry the assistant.",
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4, "class": "mono", "spellcheck": "false"}),
        help_text=(
            "Like <code>shop.example</code>, or <code>*.shop.example</code> for all that lies below"
            " it. Without any, only the pages of this dashboard carry it."
        ),
    )

    def clean_domains(self) -> list[str]:
        """The lines that hold something."""
        domains = [line.strip() for line in self.cleaned_data["domains"].splitlines()]
        domains = [domain for domain in domains if domain]
        if len(domains) > MOST_DOMAINS:
            raise forms.ValidationError(f"Name at most {MOST_DOMAINS} sites. Nothing was saved.")
        return domains


class PersonForm(forms.Form):
    """By what a visitor is looked for."""

    sought = forms.CharField(
        label="Who",
        max_length=1_000,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "data-search": ""}),
        help_text="The id of a conversation or of the visitor, your own name of them, what their"
        " browser keeps of the session, or words that they wrote, such as a mail address.",
        error_messages={"required": "Say whom you look for."},
    )


class FilterForm(forms.Form):
    """Which conversations are shown. Days are those of UTC, the last one included."""

    words = forms.CharField(
        label="What was said",
        required=False,
        max_length=300,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "Words, in any form", "data-search": ""}
        ),
    )
    visitor = forms.CharField(
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "Id or its beginning"}),
    )
    page = forms.CharField(
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"placeholder": "Words of its address"}),
    )
    since = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    answered = forms.ChoiceField(
        required=False,
        choices=(
            _ANYTHING,
            ("yes", "All known"),
            ("no", "One not known"),
            ("none", "No answer"),
        ),
    )
    rating = forms.ChoiceField(
        required=False, choices=(_ANYTHING, ("1", "Helped"), ("-1", "Did not help"))
    )

    def wanted(self, project: Project) -> Wanted:
        """What the valid fields ask for; a field that is not valid asks for nothing.

        Raises KeyRevoked, or KeysAway, if words are asked for.
        """
        self.is_valid()
        asked = self.cleaned_data
        since, until = asked.get("since"), asked.get("until")
        visitor = asked.get("visitor", "")
        return Wanted(
            visitors=visitors_like(visitor, project.pk) if visitor else None,
            terms=terms_sought(
                project.organization_id,
                words=asked.get("words", ""),
                page=asked.get("page", ""),
            ),
            since=_midnight(since) if since else None,
            until=_midnight(until + timedelta(days=1)) if until and until < date.max else None,
            answered=asked.get("answered", ""),
            rating=int(asked["rating"]) if asked.get("rating") else None,
        )

    def query(self) -> str:
        """The fields that were filled in, for an address."""
        filled = {name: self.data.get(name, "") for name in self.fields}
        return urlencode({name: value for name, value in filled.items() if value})


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
