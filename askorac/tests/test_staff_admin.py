"""The pages of our own staff, found by introspection: metadata alone, and for looking only."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections, models, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from askorac.jobs.leases import enqueue
from askorac.jobs.models import Job, State
from askorac.staff.metadata import MetadataAdmin
from askorac.tenancy.catalog import tenant_models
from askorac.tenancy.context import tenant
from askorac.tenancy.global_tables import STAFF_COLUMNS
from askorac.tenancy.models import TenantModel
from askorac.testing.pages import authenticate, browser
from askorac.testing.people import Customer, new_customer, new_project
from askorac.testing.rows import fill
from knowledge.sources import add_text
from projects.models import AuditEvent, Organization, OrganizationLimits, User

CANARY = "forty-two ravens over the harbour"
PAGES: dict[type[models.Model], Any] = dict(admin.site._registry)
MODELS = list(PAGES)
NAMES = [model._meta.label for model in MODELS]


def list_of(model: type[models.Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def page_of(model: type[models.Model], key: object) -> str:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
    return reverse(name, args=[key])


@pytest.fixture(scope="module")
def staff() -> User:
    email = f"{uuid4().hex}@askorac.example"
    return User.objects.create_superuser(email, "correct-horse-battery", name="Sam")


@pytest.fixture(scope="module")
def client(staff: User) -> Client:
    return browser(staff, method="mfa")


@pytest.fixture(scope="module")
def filled() -> Iterator[tuple[Customer, dict[type[TenantModel], TenantModel]]]:
    """A customer with a row in every table, whose content is the canary wherever that fits."""
    customer = new_customer("Watched")
    rows = fill(customer)
    with tenant(customer.id):
        for model in rows:
            for field in model._meta.concrete_fields:
                if field.attname not in model.isolation.staff and isinstance(field, _HOLDS_WORDS):
                    _write_canary(model, field)
    yield customer, rows


_HOLDS_WORDS = (models.CharField, models.TextField)


def _write_canary(model: type[TenantModel], field: Any) -> None:
    """Where a rule of the database wants something else, that is left."""
    try:
        with transaction.atomic():
            model.objects.update(**{field.attname: CANARY[: field.max_length]})
    except DatabaseError:
        pass


def test_every_table_with_metadata_has_a_page() -> None:
    with_metadata = {model for model in tenant_models() if model.isolation.staff}
    assert set(MODELS) == with_metadata | {User}


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_page_shows_the_columns_that_are_granted(model: type[models.Model]) -> None:
    page = PAGES[model]
    granted = STAFF_COLUMNS[model._meta.db_table] if model is User else model.isolation.staff
    assert isinstance(page, MetadataAdmin)
    assert page.columns == granted
    of_the_page = {"short_id", "organization", "action_checkbox", "pages"}
    assert set(page.get_list_display(None)) - of_the_page <= set(granted)
    assert set(page.ordering or ()) <= {f"-{name}" for name in granted}


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_pages_tell_no_content(
    model: type[models.Model],
    client: Client,
    filled: tuple[Customer, dict[type[TenantModel], TenantModel]],
) -> None:
    customer, rows = filled
    row = customer.owner if model is User else rows[model]
    found = {"q": str(row.pk)}
    paths = [list_of(model), page_of(model, row.pk)]
    with CaptureQueriesContext(connections["staff"]) as asked:
        answers = [client.get(paths[0]), client.get(paths[0], found), client.get(paths[1])]
    for answer in answers:
        assert answer.status_code == 200
        assert CANARY[:12] not in answer.content.decode()
    assert str(row.pk)[:8] in answers[1].content.decode()
    assert str(row.pk) in answers[2].content.decode()
    costly = (" JOIN ", "DISTINCT")  # what would read a whole table
    assert [each["sql"] for each in asked if any(word in each["sql"] for word in costly)] == []


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_pages_by_person(model: type[models.Model], client: Client, organization: Customer) -> None:
    path = list_of(model)
    assert client.get(path).status_code == 200
    assert browser(organization.owner).get(path).status_code == 403
    nobody = browser().get(path)
    assert (nobody.status_code, nobody["Location"].split("?")[0]) == (302, "/accounts/login/")


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_rows_are_neither_added_nor_changed_nor_deleted(
    model: type[models.Model],
    client: Client,
    filled: tuple[Customer, dict[type[TenantModel], TenantModel]],
) -> None:
    customer, rows = filled
    key = customer.owner.pk if model is User else rows[model].pk
    base = list_of(model)
    for path in (f"{base}add/", f"{base}{key}/delete/", f"{base}{key}/change/"):
        assert client.post(path, {"name": "Changed"}).status_code == 403
    many = {"action": "delete_selected", "_selected_action": [str(key)], "post": "yes"}
    client.post(base, many)
    assert client.get(page_of(model, key)).status_code == 200


@pytest.mark.parametrize("name", ["index", "login", "logout", "password_change", "jsi18n"])
def test_other_pages_of_the_site(name: str, client: Client, organization: Customer) -> None:
    path = reverse(f"admin:{name}")
    expected = {"index": 200, "jsi18n": 200}.get(name, 302)
    assert client.get(path).status_code == expected
    if name == "index":
        assert browser(organization.owner).get(path).status_code == 403
        assert browser().get(path)["Location"] == "/accounts/login/?next=/admin/"


def test_person_who_left_the_staff_is_out(staff: User) -> None:
    former = User.objects.create_superuser(f"{uuid4().hex}@x.example", "", name="Gone")
    client = browser(former, method="mfa")
    assert client.get("/admin/").status_code == 200
    User.objects.filter(pk=former.pk).update(is_staff=False)
    assert client.get("/admin/").status_code == 403


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
@pytest.mark.parametrize("typed", ["nonsense", "' OR 1=1 --", "a@b.example", "%", "ß" * 300])
def test_search_for_anything_is_answered(
    model: type[models.Model], typed: str, client: Client
) -> None:
    assert client.get(list_of(model), {"q": typed}).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_list_is_narrowed_by_granted_columns_only(
    model: type[models.Model], client: Client
) -> None:
    granted = set(PAGES[model].columns)
    for field in model._meta.concrete_fields:
        answer = client.get(list_of(model), {f"{field.attname}__isnull": "0"})
        assert answer.status_code == (200 if field.attname in granted else 400), field.attname


def test_row_has_no_page_on_the_site(client: Client) -> None:
    assert client.get("/admin/r/1/x/").status_code == 404


def test_organizations_rows_are_found_by_its_id(
    client: Client, organization: Customer, stranger: Customer
) -> None:
    ours, theirs = new_project(organization, "Ours"), new_project(stranger, "Theirs")
    page = client.get(list_of(type(ours)), {"q": str(organization.id)}).content.decode()
    assert (str(ours.pk) in page, str(theirs.pk) in page) == (True, False)


def test_list_takes_as_many_statements_for_many_rows_as_for_few(
    client: Client, organization: Customer
) -> None:
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connections["staff"]) as asked:
            client.get(list_of(Job), {"q": str(organization.id)})
        counts.append(len(asked))
        for _ in range(3):
            new_job(organization)
    assert counts[0] == counts[1]


def new_job(customer: Customer, **changed: Any) -> Job:
    def unheard(organization_id: Any, job_id: Any, ahead: int) -> None:
        """The worker is not told."""

    with tenant(customer.id):
        job = enqueue(kind="test.none", target_id=uuid4(), now=timezone.now(), wake=unheard)
        Job.objects.filter(pk=job.pk).update(**{"state": State.QUEUED, **changed})
    return job


def act(client: Client, model: type[models.Model], action: str, key: Any, reason: str) -> str:
    form = {"action": action, "_selected_action": [str(key)], "reason": reason}
    return client.post(list_of(model), form, follow=True).content.decode()


def test_failed_job_is_queued_again(client: Client, staff: User, organization: Customer) -> None:
    job = new_job(organization, state=State.FAILED, reason="It broke", attempts=5)
    assert "Give a reason" in act(client, Job, "retry", job.pk, " ")
    assert "Queued again: 1." in act(client, Job, "retry", job.pk, "Mended")
    assert "Queued again: 0." in act(client, Job, "retry", job.pk, "Mended")
    with tenant(organization.id):
        event = AuditEvent.objects.get(action="job.retried")
        assert Job.objects.get(pk=job.pk).attempts == 0
    assert (event.actor_id, event.remarks["reason"]) == (staff.pk, "Mended")


def test_organization_is_suspended_and_opened_again(
    client: Client, staff: User, organization: Customer
) -> None:
    def suspended_at() -> Any:
        with tenant(organization.id):
            return Organization.objects.get().suspended_at

    key = organization.id
    assert "Give a reason" in act(client, Organization, "suspend", key, "")
    assert suspended_at() is None
    assert "Suspended: Acme." in act(client, Organization, "suspend", key, "Not paid")
    assert suspended_at() is not None
    assert "Opened again: Acme." in act(client, Organization, "resume", key, "Paid")
    assert suspended_at() is None


@pytest.mark.parametrize("action", ["suspend", "resume"])
def test_action_by_a_member_is_refused(action: str, organization: Customer) -> None:
    form = {"action": action, "_selected_action": [str(organization.id)], "reason": "x"}
    answer = browser(organization.owner).post(list_of(Organization), form)
    assert answer.status_code == 403


def test_without_the_staff_login_the_pages_say_so(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(settings.DATABASES, "staff")
    answer = client.get("/admin/")
    assert (answer.status_code, b"DATABASE_STAFF_URL" in answer.content) == (503, True)


def test_large_table_is_sorted_only_when_it_was_narrowed(client: Client) -> None:
    path = list_of(AuditEvent)
    for query, order in (({}, "organization_id"), ({"q": str(uuid4())}, "at")):
        with CaptureQueriesContext(connections["staff"]) as asked:
            client.get(path, query)
        orders = {each["sql"].split("ORDER BY ")[1] for each in asked if "ORDER BY" in each["sql"]}
        starts = f'"projects_auditevent"."{order}"'
        assert [each for each in orders if not each.startswith(starts)] == []


def test_large_table_offers_filters_and_orders_only_when_it_was_narrowed(
    client: Client, organization: Customer
) -> None:
    for model, query, is_offered in (
        (AuditEvent, {}, False),
        (AuditEvent, {"q": " "}, False),
        (AuditEvent, {"q": str(organization.id)}, True),
        (Organization, {}, True),
    ):
        page = client.get(list_of(model), query).content.decode()
        offered = ('id="changelist-filter"' in page, "sortable" in page)
        assert offered == (is_offered, is_offered), (model, query)


def test_rows_of_an_organization_are_found_by_its_column_alone(
    client: Client, organization: Customer, stranger: Customer
) -> None:
    with CaptureQueriesContext(connections["staff"]) as asked:
        page = client.get(list_of(AuditEvent), {"q": str(organization.id)}).content.decode()
    found = re.findall(r'class="field-target_id[^>]*>([^<]+)<', page)
    assert (str(organization.id) in found, str(stranger.id) in found) == (True, False)
    assert [each for each in asked if '"target_id" = ' in each["sql"]] == []


def test_staff_is_made_by_the_command_and_logs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    email, password = f"{uuid4().hex}@askorac.example", "a-long-way-over-water"
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", password)
    call_command("createsuperuser", email=email, name="Sam", interactive=False, verbosity=0)
    client = browser()
    client.post("/accounts/login/", {"login": email, "password": password})
    refused = client.get("/admin/")
    assert (refused.status_code, b"second factor" in refused.content) == (403, True)
    user = User.objects.get(email=email)
    authenticate(client, user, age=timedelta(0), method="mfa")
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("password", ["123", "password1234", "samantha-of-askorac"])
def test_staff_is_not_made_with_a_password_that_is_guessed(
    monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    email = "samantha-of-askorac@askorac.example"
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", password)
    with pytest.raises(CommandError, match="DJANGO_SUPERUSER_PASSWORD: "):
        call_command("createsuperuser", email=email, name="Sam", interactive=False, verbosity=0)
    assert not User.objects.filter(email=email).exists()


def test_job_is_stopped(client: Client, organization: Customer) -> None:
    job = new_job(organization, state=State.PROCESSING, lease_expires_at=timezone.now())
    assert "Stopped: 1." in act(client, Job, "stop", job.pk, "It hangs")
    assert "Stopped: 0." in act(client, Job, "stop", job.pk, "It hangs")
    with tenant(organization.id):
        stopped = Job.objects.get(pk=job.pk)
        event = AuditEvent.objects.get(action="job.stopped")
    assert (stopped.state, stopped.fence) == (State.FAILED, job.fence + 1)
    assert event.remarks["reason"] == "It hangs"


def test_limits_are_changed_with_a_reason(client: Client, organization: Customer) -> None:
    path = reverse("admin:limits", args=[organization.id])
    wanted = {"questions_a_minute": "", "questions_a_day": "500", "sources": "1"}
    assert client.post(path, {**wanted, "reason": " "}).status_code == 422
    for told in ("The limits were changed", "They were so"):
        page = client.post(path, {**wanted, "reason": "On trial"}, follow=True).content.decode()
        assert told in page
    assert 'value="500"' in page
    with tenant(organization.id):
        event = AuditEvent.objects.get(action="limits.changed")
        assert OrganizationLimits.objects.get().sources == 1
    assert (event.remarks["sources"], event.remarks["stored_bytes"]) == ("1", "no limit")
    with tenant(organization.id), pytest.raises(DatabaseError), transaction.atomic():
        OrganizationLimits.objects.update(sources=None)
    project = new_project(organization)
    given = {"project": project, "by": organization.actor, "now": timezone.now()}
    add_text(title="One", text="A text.", **given)
    with pytest.raises(ValidationError, match="at most 1\\. Remove one"):
        add_text(title="Two", text="Another text.", **given)
    form = {"stored_bytes": "8", "reason": "Smaller"}
    client.post(path, form)
    with pytest.raises(ValidationError, match="may store 0 MB"):
        add_text(title="Two", text="Another text.", **given)


def test_usage_is_counted_as_turns_end(client: Client, organization: Customer) -> None:
    rows = fill(organization)  # which ends a turn
    with tenant(organization.id):
        turn = next(row for model, row in rows.items() if model.__name__ == "Turn")
        turns = type(turn).objects.filter(pk=turn.pk)
        ended = {"input_tokens": 1_200, "output_tokens": 34, "cost": "0.5"}
        turns.update(state="failed", code="provider_unavailable", provider="openai", **ended)
        turns.update(state="ready", finished_at=timezone.now())  # counts for nothing any more
    page = client.get(reverse("admin:usage_of", args=[organization.id])).content.decode()
    cells = re.findall(r"<td>(.*?)</td>", page.split("The latest months")[1])
    assert cells[:5] == ["1", "1", "1,207", "41", "$0.50"]
    assert str(organization.id) in client.get(reverse("admin:usage")).content.decode()
    long_ago = client.get(reverse("admin:usage"), {"month": "1999-01"})
    assert "Nothing was used" in long_ago.content.decode()
    assert "provider_unavailable" in client.get(reverse("admin:providers")).content.decode()
