"""An organization that requires two factors: who sets it, and what a member without one meets."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from askorac.tenancy.context import tenant
from askorac.testing.pages import browser, new_member
from askorac.testing.people import Customer, new_customer
from projects.api_keys import create_api_key
from projects.models import AuditEvent, Organization, User
from projects.signing_in import second_factors
from projects.signing_in.second_factor_rule import require_second_factor
from projects.tests.test_second_factors import PAGE, SECRET, code_now, set_up, shown, text_of
from projects.trail.recording import Actor

SECURITY, WANTED = "/app/organization/security/", "/app/second-factor/"


def required(customer: Customer) -> None:
    require_second_factor(
        organization_id=customer.id,
        is_required=True,
        has_own=True,
        by=customer.actor,
        now=timezone.now(),
    )


def wanted(path: str) -> str:
    """The page that asks for a factor, with the way back."""
    return f"{WANTED}?{urlencode({'next': path})}"


def is_required(customer: Customer) -> bool:
    with tenant(customer.id):
        return Organization.objects.get().requires_second_factor


def test_owner_without_a_factor_cannot_require_it(organization: Customer) -> None:
    told = browser(organization.owner).post(SECURITY, {"required": "yes"})
    assert (told.status_code, "Set up a second factor of your own" in text_of(told)) == (422, True)
    assert not is_required(organization)


def test_owner_requires_it_and_it_is_recorded(organization: Customer) -> None:
    owner = browser(organization.owner)
    set_up(owner)
    assert owner.post(SECURITY, {"required": "yes"})["Location"] == SECURITY
    assert is_required(organization)
    assert "Required" in text_of(owner.get(SECURITY))
    assert owner.post(SECURITY, {"required": "no"})["Location"] == SECURITY
    with tenant(organization.id):
        actions = AuditEvent.objects.filter(action__startswith="second_factor.").order_by("at")
        assert [each.action for each in actions][-2:] == [
            "second_factor.required",
            "second_factor.left_open",
        ]


def test_admin_does_not_decide_it(organization: Customer) -> None:
    admin = new_member(organization, "admin")
    assert browser(admin).post(SECURITY, {"required": "yes"}).status_code == 403
    by = Actor(kind="member", id=admin.pk, label=admin.email)
    with pytest.raises(PermissionDenied):
        require_second_factor(
            organization_id=organization.id,
            is_required=True,
            has_own=True,
            by=by,
            now=timezone.now(),
        )
    with pytest.raises(ValidationError):
        require_second_factor(
            organization_id=organization.id,
            is_required=True,
            has_own=False,
            by=organization.actor,
            now=timezone.now(),
        )


def test_member_without_a_factor_is_led_to_set_one_up(organization: Customer) -> None:
    required(organization)
    editor = browser(new_member(organization, "editor"))
    for path in ("/app/", "/app/organization/", "/app/projects/new/"):
        assert editor.get(path)["Location"] == wanted(path)
        assert editor.post(path, {"name": "Help desk"}).status_code in {302, 405}
    current = {"HX-Request": "true", "HX-Current-URL": "http://localhost/app/account/?x=1"}
    part = editor.get("/app/", headers=current)
    assert (part.status_code, part["HX-Redirect"]) == (204, wanted("/app/account/"))
    assert f"{PAGE}totp/activate/" in text_of(editor.get(WANTED))
    set_up(editor)
    assert editor.get(WANTED)["Location"] == "/app/"
    assert editor.get("/app/").status_code == 200


def test_who_has_set_one_up_goes_on_where_they_were(organization: Customer) -> None:
    required(organization)
    admin = browser(new_member(organization, "admin"))
    led = admin.get("/app/organization/audit/?q=Ada")["Location"]
    assert led == wanted("/app/organization/audit/?q=Ada")
    admin.get(led)
    assert admin.session["second_factor_back"] == "/app/organization/audit/"
    told = admin.get(f"{PAGE}totp/activate/")
    code = code_now(shown(told, SECRET))
    kept = admin.post(f"{PAGE}totp/activate/", {"code": code}, follow=True)
    assert f'href="{WANTED}">I have kept them' in text_of(kept)
    assert f'href="{WANTED}">Go on where you were' in text_of(admin.get(PAGE))
    assert admin.get(WANTED)["Location"] == "/app/organization/audit/"
    assert "Go on where" not in text_of(admin.get(PAGE))


@pytest.mark.parametrize(
    "back", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:x"]
)
def test_nobody_is_led_to_another_site(organization: Customer, back: str) -> None:
    required(organization)
    viewer = new_member(organization, "viewer")
    set_up(browser(viewer))
    page = browser(viewer).get(WANTED, {"next": back})
    assert "/accounts/2fa/reauthenticate/?next=%2Fapp%2F" in text_of(page)


def test_who_removes_the_last_factor_is_warned(organization: Customer) -> None:
    owner, warning = browser(organization.owner), "two are required in"
    set_up(owner)
    assert warning not in text_of(owner.get(f"{PAGE}totp/deactivate/"))
    required(organization)
    page = text_of(owner.get(f"{PAGE}totp/deactivate/"))
    assert (warning in page, '<strong dir="auto">Acme</strong>' in page) == (True, True)


def test_session_of_a_password_alone_confirms(organization: Customer) -> None:
    required(organization)
    viewer = new_member(organization, "viewer")
    set_up(browser(viewer))
    other = browser(viewer)
    assert other.get("/app/")["Location"] == wanted("/app/")
    assert "/accounts/2fa/reauthenticate/?next=%2Fapp%2F" in text_of(other.get(WANTED))


def test_program_of_an_owner_reads_and_sets_it(organization: Customer) -> None:
    headers = {"Authorization": f"Bearer {key_of(organization)}"}
    program, path = browser(), "/api/v1/second-factor/"
    assert program.get(path, headers=headers).json() == {"is_required": False, "lacking": 1}

    def change(required: object) -> Any:
        body = {"is_required": required}
        return program.patch(path, body, "application/json", headers=headers)

    refused = change(True)
    assert (refused.status_code, "of your own first" in refused.content.decode()) == (400, True)
    set_up(browser(organization.owner))
    assert change(True).json() == {"is_required": True, "lacking": 0}
    assert is_required(organization)
    assert change(0).status_code == 400
    assert change(False).json() == {"is_required": False, "lacking": 0}


def test_page_names_a_few_of_those_without_a_factor_and_counts_the_rest(
    organization: Customer, stranger: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_factors, "MOST_NAMED", 2)
    set_up(browser(new_member(organization, "admin")))
    new_member(stranger, "viewer")
    users = [new_member(organization, "viewer") for _ in range(3)]
    for user, name in zip(users, ("zoe", "Bea", ""), strict=True):
        User.objects.filter(pk=user.pk).update(name=name, email=f"ada{user.pk.hex}@x.example")
    page = text_of(browser(organization.owner).get(SECURITY))
    assert "4 members have no second factor yet" in page
    assert f"ada{users[2].pk.hex}@x.example" in page
    assert ("Bea" in page, "zoe" in page, ", and 2 more." in page) == (True, False, True)


def key_of(customer: Customer) -> str:
    with tenant(customer.id):
        made = create_api_key(
            name="Site",
            rights="write",
            project=None,
            by=customer.actor,
            now=timezone.now(),
            is_owners=True,
        )
    return made.key


def test_other_organizations_and_api_keys_go_on(organization: Customer) -> None:
    required(organization)
    headers = {"Authorization": f"Bearer {key_of(organization)}"}
    assert browser().get("/api/v1/projects/", headers=headers).status_code == 200
    free = new_customer("Free")
    assert browser(free.owner).get("/app/").status_code == 200
    assert browser(free.owner).get(WANTED)["Location"] == "/app/"
