"""Who is invited comes in by the link in the mail, once, within a week, and nobody else does."""

import re
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from askorac.jobs.models import Job
from askorac.jobs.tasks import run_job
from askorac.tenancy.context import tenant
from askorac.tenancy.lookups import organizations_of_user
from askorac.testing.pages import browser, new_member
from askorac.testing.people import Customer, new_customer, new_project
from projects.membership import invitations
from projects.membership.invitations import (
    SEND,
    Offer,
    TooManyInvitations,
    invite,
    send_again,
    withdraw,
)
from projects.models import AuditEvent, Invitation, Member, ProjectMember, User

PAGE = "/invitation/"
PASSWORD = "a-long-enough-phrase"


@pytest.fixture(autouse=True)
def outbox(monkeypatch: pytest.MonkeyPatch) -> list[mail.EmailMessage]:
    from django.conf import settings

    monkeypatch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")
    mail.outbox = []
    return mail.outbox


def ask_in(
    customer: Customer, email: str, offer: Offer | None = None, *, is_owner: bool = True
) -> Invitation:
    with tenant(customer.id):
        return invite(
            email=email,
            offer=offer or Offer("viewer"),
            is_owner=is_owner,
            by=customer.actor,
            now=timezone.now(),
        )


def link_of(customer: Customer, invitation: Invitation) -> str:
    """Send what is to be sent, and read the mail."""
    with tenant(customer.id):
        job = Job.objects.get(kind=SEND, target_id=invitation.pk)
    run_job(str(customer.id), str(job.pk))
    text = str(mail.outbox[-1].body)
    found = re.search(r"https?://\S+?(/invitation/\S+/)", text)
    assert found is not None
    return found.group(1)


def opened(client: Client, link: str) -> Client:
    assert client.get(link)["Location"] == PAGE
    return client


def address() -> str:
    return f"{uuid4().hex}@guest.example"


def test_new_user_signs_up_with_the_address_proven(organization: Customer) -> None:
    project = new_project(organization, "First desk")
    new_project(organization, "Second desk")
    email = address()
    offer = Offer("editor", reads_conversations=True, project_ids=(project.pk,))
    invitation = ask_in(organization, f" {email.upper()} ", offer)
    link = link_of(organization, invitation)
    client = opened(browser(), link)
    assert mail.outbox[-1].to == [email]
    page = client.get(PAGE).content.decode()
    assert ("Acme" in page, "First desk" in page, "Log in" in page) == (True, True, True)
    assert "Owner of Acme</span>, " + organization.owner.email in page
    assert f"Owner of Acme ({organization.owner.email}) invites you" in str(mail.outbox[-1].body)
    short = client.post(PAGE, {"name": "Ada", "password": "short"})
    assert (short.status_code, 'id="id_password_error"' in short.content.decode()) == (422, True)
    joined = client.post(PAGE, {"name": "Ada", "password": PASSWORD})
    assert joined["Location"] == "/app/"
    assert client.get("/accounts/2fa/totp/activate/").status_code == 200  # not asked again
    listed = client.get("/app/").content.decode()
    assert ("First desk" in listed, "Second desk" in listed) == (True, False)
    user = User.objects.get(email=email)
    assert EmailAddress.objects.get(user=user, email=email).verified
    with tenant(organization.id):
        member = Member.objects.get(user_id=user.pk)
        assert (member.role, member.reads_conversations, member.is_limited) == (
            "editor",
            True,
            True,
        )
        own = ProjectMember.objects.get()
        assert (own.project_id, own.role, own.reads_conversations) == (project.pk, "editor", True)
        assert not Invitation.objects.exists()
        assert AuditEvent.objects.filter(action="member.joined", actor_id=user.pk).count() == 1
        told = AuditEvent.objects.get(action="user.signed_in", actor_id=user.pk).details.open()
        assert told == {"method": "invitation by mail and password"}
    assert opened(browser(), link).get(PAGE).status_code == 404


def test_user_with_an_account_joins_and_is_in_the_organization(
    organization: Customer, stranger: Customer
) -> None:
    invitation = ask_in(organization, stranger.owner.email)
    client = opened(browser(stranger.owner), link_of(organization, invitation))
    assert "Accept and join" in client.get(PAGE).content.decode()
    assert client.post(PAGE)["Location"] == "/app/"
    assert "Acme" in client.get("/app/organization/").content.decode()
    assert set(organizations_of_user(stranger.owner.pk)) == {organization.id, stranger.id}


def test_another_address_is_told_so_and_stays_out(
    organization: Customer, stranger: Customer
) -> None:
    invitation = ask_in(organization, address())
    client = opened(browser(stranger.owner), link_of(organization, invitation))
    assert "for another address" in client.get(PAGE).content.decode()
    assert client.post(PAGE).status_code == 403
    assert organizations_of_user(stranger.owner.pk) == [stranger.id]
    assert client.post(PAGE, {"log_out": "yes"})["Location"] == PAGE
    assert "Create account and join" in client.get(PAGE).content.decode()
    assert client.get("/app/").status_code == 302


def test_address_with_an_account_can_not_be_signed_up_again(
    organization: Customer, stranger: Customer
) -> None:
    invitation = ask_in(organization, stranger.owner.email)
    client = opened(browser(), link_of(organization, invitation))
    answer = client.post(PAGE, {"name": "Eve", "password": PASSWORD})
    assert (answer.status_code, "Log in, and accept" in answer.content.decode()) == (422, True)
    assert organizations_of_user(stranger.owner.pk) == [stranger.id]


def test_invitation_says_nothing_about_accounts(organization: Customer, stranger: Customer) -> None:
    for email in (stranger.owner.email, address()):
        link_of(organization, ask_in(organization, email))
    texts = [
        re.sub(r"/invitation/\S+/", "LINK", f"{each.subject} {each.body}") for each in mail.outbox
    ]
    assert len(texts) == 2
    assert texts[0] == texts[1]


def test_link_ends_when_sent_again_withdrawn_or_old(organization: Customer) -> None:
    invitation = ask_in(organization, address())
    first = link_of(organization, invitation)
    act = partial(
        send_again, invitation=invitation, is_owner=True, by=organization.actor, now=timezone.now()
    )
    with tenant(organization.id):
        act()
    second = link_of(organization, invitation)
    assert opened(browser(), first).get(PAGE).status_code == 404
    assert opened(browser(), second).get(PAGE).status_code == 200
    with tenant(organization.id):
        late = timezone.now() - timedelta(seconds=1)
        Invitation.objects.update(expires_at=late)
    assert opened(browser(), second).get(PAGE).status_code == 404
    with tenant(organization.id):
        withdraw(invitation=invitation, by=organization.actor, now=timezone.now())
        actions = AuditEvent.objects.filter(target_kind="invitation").order_by("at")
        assert list(actions.values_list("action", flat=True)) == [
            "invitation.sent",
            "invitation.sent",
            "invitation.withdrawn",
        ]


def test_only_the_hash_of_the_token_is_kept(organization: Customer) -> None:
    link = link_of(organization, ask_in(organization, address()))
    token = link.split("/")[2]
    with tenant(organization.id):
        row = Invitation.objects.values().get()
        jobs = list(Job.objects.values())
    assert len(bytes(row["token_sha256"])) == 32
    assert token not in str(row) + str(jobs)
    assert row["sent_at"] is not None


def test_only_owners_invite_owners(organization: Customer) -> None:
    with pytest.raises(PermissionDenied):
        ask_in(organization, address(), Offer("owner"), is_owner=False)
    email = address()
    ask_in(organization, email, Offer("owner"))
    with pytest.raises(PermissionDenied):
        ask_in(organization, email, Offer("viewer"), is_owner=False)


def test_unusable_invitations_are_refused(organization: Customer, stranger: Customer) -> None:
    member = new_member(organization, "viewer")
    theirs = new_project(stranger)
    for email, offer in (
        ("nobody", Offer("viewer")),
        (f"{'a' * 250}@b.example", Offer("viewer")),
        (member.email, Offer("viewer")),
        (address(), Offer("viewer", project_ids=())),
        (address(), Offer("viewer", project_ids=(theirs.pk,))),
    ):
        with pytest.raises(ValidationError):
            ask_in(organization, email, offer)
    with tenant(organization.id):
        assert not Invitation.objects.exists()


def test_nobody_is_flooded_with_invitations(
    organization: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "A_MAILBOX", 1)
    email = address()
    ask_in(organization, email)
    with pytest.raises(TooManyInvitations):
        ask_in(new_customer("Third"), email)
    ask_in(organization, address())


def test_link_that_leads_to_nothing_makes_no_session() -> None:
    stranger = browser()
    answer = stranger.get(f"{PAGE}anything-at-all/")
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert "orac_session" not in answer.cookies
    assert stranger.get(PAGE).status_code == 404
