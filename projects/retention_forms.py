"""How long content is kept, as people choose it, and the reason of a hold."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict

from .models import Content, Keep, Project
from .models.retention import LEAST_AUDIT_DAYS, MOST_DAYS
from .retention.holds import MOST_REASON
from .retention.rules import COUNT_DAYS, OF_PROJECTS, Rule, Ruled

AS_ORGANIZATION: Final = "organization"
HELP: Final[dict[Content, str]] = {
    Content.CONVERSATIONS: "All that was said, with ratings and comments. Days count from the"
    " latest message.",
    Content.VISITORS: "What tells who asked and where: the visitor's id, by which their"
    " conversations belong together, and the page's address. What was said stays.",
    Content.UPLOADS: "The original files of sources, and pasted texts as they came. The text that"
    " was read from them stays and goes on answering, until the source is removed. It can't be"
    " read again or downloaded then.",
    Content.AUDIT: f"Who did what, and when. It is kept for at least {LEAST_AUDIT_DAYS} days.",
}
_READY_MADE: Final = (30, 90)


@dataclass(frozen=True, slots=True)
class Row:
    """One content of the form, with its two fields."""

    content: Content
    keep: BoundField
    days: BoundField


class RulesForm(forms.Form):
    """A choice for each content, and a number of days for who wants another one."""

    def __init__(
        self,
        data: QueryDict | None,
        *,
        ruled: Mapping[Content, Ruled],
        of_organization: Mapping[Content, Ruled] | None,
    ) -> None:
        """`of_organization` has the rules that a project may leave itself to; None is no project's
        form."""
        super().__init__(data)
        self.contents = list(Content) if of_organization is None else list(OF_PROJECTS)
        for content in self.contents:
            inherited = of_organization[content].rule if of_organization is not None else None
            self._add(content, ruled[content], inherited)

    def rows(self) -> Iterator[Row]:
        """The fields, two by two."""
        for content in self.contents:
            yield Row(content, self[content], self[f"{content}_days"])

    def clean(self) -> dict[str, Any]:
        """Where a number of days is wanted, there is one."""
        cleaned = super().clean() or self.cleaned_data
        for content in self.contents:
            name = f"{content}_days"
            is_wanted = cleaned.get(content) == Keep.DAYS and name not in self.errors
            if is_wanted and cleaned.get(name) is None:
                self.add_error(name, COUNT_DAYS)
        return cleaned

    def wanted(self) -> dict[Content, Rule | None]:
        """The rules that were chosen; None leaves it to the organization's."""
        return {content: self._rule(content) for content in self.contents}

    def _add(self, content: Content, ruled: Ruled, inherited: Rule | None) -> None:
        choices = [(str(days), f"{days} days") for days in _READY_MADE]
        if content == Content.AUDIT:
            choices = [(str(LEAST_AUDIT_DAYS), f"{LEAST_AUDIT_DAYS} days")]
        choices = [(Keep.UNTIL_DELETED, "Until deleted"), *choices]
        choices.append((Keep.DAYS, "Another number of days"))
        if content in {Content.CONVERSATIONS, Content.VISITORS}:
            choices.append((Keep.SESSION, "Until 15 minutes after the visitor has left"))
        if inherited is not None:
            choices.insert(0, (AS_ORGANIZATION, f"As the organization: {inherited}"))
        chosen = _choice(ruled.rule, choices)
        self.fields[content] = forms.ChoiceField(
            label=content.label,
            choices=choices,
            help_text=HELP[content],
            initial=chosen if inherited is None or ruled.is_own else AS_ORGANIZATION,
        )
        self.fields[f"{content}_days"] = forms.IntegerField(
            label="Days",
            required=False,
            min_value=LEAST_AUDIT_DAYS if content == Content.AUDIT else 1,
            max_value=MOST_DAYS,
            initial=ruled.rule.days if chosen == Keep.DAYS else None,
            widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        )

    def _rule(self, content: Content) -> Rule | None:
        chosen = self.cleaned_data[content]
        if chosen == AS_ORGANIZATION:
            return None
        if chosen == Keep.DAYS:
            return Rule(Keep.DAYS, self.cleaned_data[f"{content}_days"])
        return Rule(Keep.DAYS, int(chosen)) if chosen.isdecimal() else Rule(Keep(chosen))


class HoldForm(forms.Form):
    """What is to stay, and why."""

    WHOLE: ClassVar[str] = ""

    project = forms.ChoiceField(label="What", required=False)
    reason = forms.CharField(
        label="Why",
        max_length=MOST_REASON,
        help_text="Such as the name of a case. Everybody who may see this page reads it.",
    )

    def __init__(self, data: QueryDict | None, *, projects: Sequence[Project]) -> None:
        super().__init__(data, auto_id="hold_%s")
        field = self.fields["project"]
        assert isinstance(field, forms.ChoiceField)
        named = [(str(each.pk), each.name) for each in projects]
        field.choices = [(self.WHOLE, "The whole organization"), *named]


def _choice(rule: Rule, choices: list[tuple[str, str]]) -> str:
    if rule.keep != Keep.DAYS:
        return str(rule.keep)
    ready_made = str(rule.days)
    return ready_made if ready_made in dict(choices) else str(Keep.DAYS)
