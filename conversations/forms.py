"""What people fill in about where the widget may stand."""

from django import forms

MOST_DOMAINS = 100


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
