"""A user deletes their own account, unless an organization would be left without an owner."""

from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.urls import reverse

from askorac.tenancy.context import tenant
from askorac.testing.pages import browser, new_member
from askorac.testing.people import Customer
from projects.models import AuditEvent, Member, User

PAGE = reverse("projects:delete_account")


def test_member_deletes_their_account(organization: Customer) -> None:
    user = new_member(organization, "editor")
    client = browser(user)
    assert "leave all your organizations" in client.get(PAGE).content.decode()
    assert client.post(PAGE, {"email": "another@guest.example"}).status_code == 422
    key = client.session.session_key
    assert client.post(PAGE, {"email": f" {user.email.upper()}"})["Location"] == "/"
    assert not User.objects.filter(pk=user.pk).exists()
    assert not EmailAddress.objects.filter(email=user.email).exists()
    assert not Session.objects.filter(session_key=key).exists()
    assert client.get("/app/").status_code == 302
    with tenant(organization.id):
        assert not Member.objects.filter(user_id=user.pk).exists()
        told = AuditEvent.objects.filter(actor_id=user.pk).values_list("action", flat=True)
        assert {"user.deleted", "member.left"} <= set(told)


def test_last_owner_is_told_what_to_do_first(organization: Customer) -> None:
    client = browser(organization.owner)
    assert "last owner of" in client.get(PAGE).content.decode()
    answer = client.post(PAGE, {"email": organization.owner.email})
    assert (answer.status_code, "last owner of" in answer.content.decode()) == (422, True)
    assert User.objects.filter(pk=organization.owner.pk).exists()
    with tenant(organization.id):
        assert Member.objects.filter(user_id=organization.owner.pk).exists()
