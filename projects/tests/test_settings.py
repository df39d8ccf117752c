"""The settings of a project: what is kept, what is refused, and who overwrites whom."""

from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from askorac.tenancy.context import tenant
from askorac.testing.people import Customer
from projects.models import AuditEvent, Project
from projects.settings import ChangedMeanwhile, Settings, update_settings


def change(
    customer: Customer, project: Project, *, seen: Settings | None = None, **values: Any
) -> tuple[str, ...]:
    """What was changed; `seen` is what is there now unless something older is given."""
    with tenant(customer.id):
        seen = seen or Settings.of(Project.objects.get(pk=project.pk))
        return update_settings(
            project=project,
            seen=seen,
            wanted=replace(seen, **values),
            by=customer.actor,
            now=timezone.now(),
        )


def kept(customer: Customer, project: Project) -> Settings:
    with tenant(customer.id):
        return Settings.of(Project.objects.get(pk=project.pk))


def test_settings_changed_are_kept_and_named_in_the_trail(
    organization: Customer, project: Project
) -> None:
    names = change(
        organization,
        project,
        name="  Night \n trains ",
        instructions=" Be brief.\r\nSay thou. ",
        answer_floor=0.4,
        contact_label="Write to us",
        contact_url="help@shop.example",
    )
    assert names == ("name", "instructions", "answer_floor", "contact_label", "contact_url")
    assert kept(organization, project) == Settings(
        name="Night trains",
        instructions="Be brief.\nSay thou.",
        answer_floor=0.4,
        contact_label="Write to us",
        contact_url="mailto:help@shop.example",
    )
    with tenant(organization.id):
        event = AuditEvent.objects.get(action="project.settings_changed")
    assert (event.details.open(), event.target_label.open()) == (
        {"fields": list(names)},
        "Night trains",
    )
    assert project.name == "Night trains"


def test_settings_left_as_they_are_write_nothing(organization: Customer, project: Project) -> None:
    assert change(organization, project) == ()
    with tenant(organization.id):
        assert AuditEvent.objects.filter(action="project.settings_changed").count() == 0


def test_settings_of_two_people_who_change_two_things_are_both_kept(
    organization: Customer, project: Project
) -> None:
    seen = kept(organization, project)
    change(organization, project, seen=seen, name="Support")
    assert change(organization, project, seen=seen, answer_floor=0.5) == ("answer_floor",)
    assert kept(organization, project) == Settings(name="Support", answer_floor=0.5)


def test_settings_changed_by_somebody_else_meanwhile_are_not_overwritten(
    organization: Customer, project: Project
) -> None:
    seen = kept(organization, project)
    change(organization, project, seen=seen, name="Support", instructions="Be brief.")
    with pytest.raises(ChangedMeanwhile) as raised:
        change(organization, project, seen=seen, name="Sales", unanswered_text="Ask us.")
    assert raised.value.names == ("name",)
    assert kept(organization, project) == Settings(name="Support", instructions="Be brief.")


def test_settings_changed_to_the_same_by_two_people_are_no_quarrel(
    organization: Customer, project: Project
) -> None:
    seen = kept(organization, project)
    change(organization, project, seen=seen, name="Support")
    assert change(organization, project, seen=seen, name="Support") == ()


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("https://shop.example/help?x=1", "https://shop.example/help?x=1"),
        ("mailto:help@shop.example", "mailto:help@shop.example"),
        (" help@shop.example ", "mailto:help@shop.example"),
        ("+44 20 7946 0000", "tel:+442079460000"),
        ("", ""),
    ],
)
def test_contact_is_kept_as_a_link(
    organization: Customer, project: Project, typed: str, stored: str
) -> None:
    change(organization, project, contact_url=typed)
    assert kept(organization, project).contact_url == stored


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "  "),
        ("name", "x" * 81),
        ("instructions", "x" * 4001),
        ("answer_floor", 1.01),
        ("answer_floor", -0.01),
        ("answer_floor", float("nan")),
        ("unanswered_text", "x" * 401),
        ("contact_label", "x" * 81),
        ("contact_url", "javascript:alert(1)"),
        ("contact_url", "JavaScript:alert(1)"),
        ("contact_url", "data:text/html,x"),
        ("contact_url", "HTTPS://shop.example"),
        ("contact_url", "https://"),
        ("contact_url", 'https://shop.example/"><script>'),
        ("contact_url", "https://[bad"),
        ("contact_url", "shop"),
        ("contact_url", "https://shop.example/" + "x" * 500),
    ],
)
def test_setting_that_can_not_be_used_is_named(
    organization: Customer, project: Project, name: str, value: Any
) -> None:
    with pytest.raises(ValidationError) as raised:
        change(organization, project, **{name: value})
    assert list(raised.value.message_dict) == [name]
    assert kept(organization, project) == Settings(name="Help desk")


def test_contact_with_a_label_that_leads_nowhere_is_refused(
    organization: Customer, project: Project
) -> None:
    with pytest.raises(ValidationError) as raised:
        change(organization, project, contact_label="Write to us")
    assert list(raised.value.message_dict) == ["contact_url"]
