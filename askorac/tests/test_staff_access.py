"""Our staff before content, by raw SQL as the staff login: without a grant that lives there is
nothing, for anybody, and with one there is what one organization let one of them see."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connections
from django.utils import timezone

from askorac.sealing import KeyRevoked, keyrings
from askorac.tenancy.access_deeds import ask_for_access, end_own_access
from askorac.tenancy.catalog import tenant_models
from askorac.tenancy.context import tenant
from askorac.tenancy.origins import Origin, coming_from
from askorac.tenancy.signing import StaffClaim, sign_staff, signing_key
from askorac.tenancy.staff_context import NotLetIn, content_opened, signed_staff
from askorac.testing.pages import new_staff
from askorac.testing.people import Customer, new_customer
from askorac.testing.rows import Rows, fill
from conversations.models import Conversation, Message
from conversations.tests.conversing import converse, exchange
from knowledge.models import Document
from projects.models import AuditEvent, AuditLink, Project, StaffGrant, StaffRules, User
from projects.staff_access.grants import decide, end_access, set_rule

from .test_isolation import connect

READING = [model for model in tenant_models() if model.isolation.reading]
KEY = signing_key(settings.SECRET_KEY)


@pytest.fixture
def staff() -> User:
    """Another for each test: what one has viewed stays open to them for seconds."""
    return new_staff()


@pytest.fixture(scope="module")
def colleague() -> User:
    return new_staff("Kim")


@dataclass(frozen=True)
class Filled:
    """Two customers with a row in every table, and the rows of the first."""

    watched: Customer
    other: Customer
    rows: Rows


@pytest.fixture(scope="module")
def filled() -> Filled:
    watched, other = new_customer("Watched"), new_customer("Unwatched")
    fill(other)
    return Filled(watched, other, fill(watched))


@pytest.fixture
def session() -> Iterator[psycopg.Connection]:
    with connect("staff") as connection:
        yield connection
        connection.rollback()


def give(customer: Customer, staff: User, *, minutes: int = 30) -> UUID:
    """A grant that lives, given by the customer's owner."""
    now = timezone.now()
    by = staff.pk
    asked = ask_for_access(organization_id=customer.id, by=by, reason="Help", minutes=minutes)
    with tenant(customer.id):
        grant = StaffGrant.objects.filter(staff_user_id=staff.pk).latest("asked_at")
        if asked == "asked":
            decide(grant_id=grant.pk, is_allowed=True, by=customer.actor, now=now)
    return grant.pk


def enter(session: psycopg.Connection, setting: str) -> None:
    session.rollback()
    session.execute("SELECT set_config('orac.staff', %s, true)", [setting])


def view(
    session: psycopg.Connection, kind: str = "organization", target: UUID | None = None
) -> str:
    row = session.execute("SELECT orac.view_as_staff(%s, %s)", [kind, target]).fetchone()
    return str(row[0]) if row else ""


def view_all(session: psycopg.Connection, setting: str, rows: Rows) -> set[str]:
    """View what there is to be read of a customer with these rows, commit it, and act anew."""
    enter(session, setting)
    viewed = {view(session, kind, target) for kind, target in targets_of(rows).items()}
    session.commit()
    enter(session, setting)
    return viewed


def targets_of(rows: Rows) -> dict[str, UUID]:
    return {
        "conversation": rows[Conversation].pk,
        "conversations": rows[Project].pk,
        "document": rows[Document].pk,
        "sources": rows[Project].pk,
    }


def seen(session: psycopg.Connection) -> dict[str, set[UUID]]:
    """The organizations whose rows each table of content shows, with all that may be read."""
    found = {}
    for model in READING:
        columns, table = ", ".join(model.isolation.reading), model._meta.db_table
        rows = session.execute(f"SELECT organization_id FROM (SELECT {columns} FROM {table}) r")
        found[model.__name__] = {row[0] for row in rows}
    return found


NOTHING: dict[str, set[UUID]] = {model.__name__: set() for model in READING}


def test_content_lies_in_tables_that_staff_read_by_a_grant_alone() -> None:
    assert set(NOTHING) == {"Message", "Document", "Chunk"}


def test_nothing_is_seen_without_a_grant(
    session: psycopg.Connection, staff: User, filled: Filled
) -> None:
    watched = filled.watched
    later, role = int(time.time()) + 60, "orac_staff"
    claim = StaffClaim(staff.pk, watched.id)
    genuine = signed_staff(claim)
    for setting in (
        "",
        genuine,
        str(staff.pk),
        sign_staff(claim, role=role, expires_at=later, key=b"guess" * 6),
        "s2||||" + "9" * 40 + "|||x",
    ):
        enter(session, setting)
        assert seen(session) == NOTHING
        assert view(session) == "refused"
        assert seen(session) == NOTHING


def test_grant_opens_one_organization_to_one_of_our_staff(
    session: psycopg.Connection, staff: User, colleague: User, filled: Filled
) -> None:
    watched, other = filled.watched, filled.other
    give(watched, staff)
    genuine = signed_staff(StaffClaim(staff.pk, watched.id))
    enter(session, genuine)
    assert seen(session) == NOTHING  # no view is in the trail yet
    assert view_all(session, genuine, filled.rows) == {"done"}
    assert seen(session) == {model.__name__: {watched.id} for model in READING}
    later = int(time.time()) + 60
    for setting in (
        signed_staff(StaffClaim(colleague.pk, watched.id)),
        signed_staff(StaffClaim(watched.owner.pk, watched.id)),
        signed_staff(StaffClaim(staff.pk, other.id)),
        signed_staff(StaffClaim(staff.pk)),
        genuine.replace(str(staff.pk), str(colleague.pk)),
        genuine.replace(str(watched.id), str(other.id)),
        sign_staff(StaffClaim(staff.pk, watched.id), role="orac_app", expires_at=later, key=KEY),
        sign_staff(StaffClaim(staff.pk, watched.id), role="orac_staff", expires_at=1, key=KEY),
    ):
        enter(session, setting)
        assert view(session) == "refused"
        assert seen(session) == NOTHING


def test_view_that_is_not_committed_opens_nothing(
    session: psycopg.Connection, staff: User, filled: Filled
) -> None:
    """Else one would read, roll back, and leave nothing in the trail."""
    give(filled.watched, staff)
    genuine = signed_staff(StaffClaim(staff.pk, filled.watched.id))
    enter(session, genuine)
    session.execute("SAVEPOINT before")  # a transaction within, with a number of its own
    for kind, target in targets_of(filled.rows).items():
        assert view(session, kind, target) == "done"
        session.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as at a commit
        assert seen(session) == NOTHING
    session.execute("RELEASE SAVEPOINT before")
    assert seen(session) == NOTHING
    with connect("staff") as another:  # nor to another, as long as it is not
        enter(another, genuine)
        assert seen(another) == NOTHING
    enter(session, genuine)  # rolled back
    assert seen(session) == NOTHING
    with tenant(filled.watched.id):
        assert not AuditEvent.objects.filter(action="staff.viewed", actor_id=staff.pk).exists()


@pytest.mark.parametrize(
    ("kind", "opened"),
    [
        ("conversation", {"Message"}),
        ("conversations", {"Message"}),
        ("document", {"Document", "Chunk"}),
        ("sources", {"Document"}),
    ],
)
def test_view_opens_what_it_named_and_nothing_else(
    session: psycopg.Connection, staff: User, filled: Filled, kind: str, opened: set[str]
) -> None:
    """However often it is read again: each object that is seen stands in the trail."""
    give(filled.watched, staff)
    genuine = signed_staff(StaffClaim(staff.pk, filled.watched.id))
    targets = targets_of(filled.rows)
    others = {*targets.values(), None, uuid4()} - {targets[kind]}
    enter(session, genuine)
    for target in others:
        view(session, kind, target)
    for other in {*targets, "organization"} - {kind}:
        if other in targets and targets[other] == targets[kind]:
            continue  # the same project, by its other list
        view(session, other, targets[kind])
    session.commit()
    for _ in range(2):
        enter(session, genuine)
        assert seen(session) == NOTHING
    view(session, kind, targets[kind])
    session.commit()
    for _ in range(2):
        enter(session, genuine)
        assert {name for name, ids in seen(session).items() if ids} == opened
    with tenant(filled.watched.id):
        views = AuditEvent.objects.filter(action="staff.viewed", actor_id=staff.pk)
        assert views.filter(target_kind=kind, target_id=targets[kind]).count() == 1


def test_list_of_conversations_opens_no_answer(
    session: psycopg.Connection, staff: User, organization: Customer, project: Project
) -> None:
    with tenant(organization.id):
        exchange(project, converse(project), "Until when?", "Within thirty days.")
    give(organization, staff)
    genuine = signed_staff(StaffClaim(staff.pk, organization.id))
    enter(session, genuine)
    view(session, "conversations", project.pk)
    session.commit()
    enter(session, genuine)
    said = session.execute("SELECT speaker FROM conversations_message").fetchall()
    assert said == [("visitor",)]


def test_view_opens_for_seconds_alone(
    session: psycopg.Connection, staff: User, filled: Filled
) -> None:
    watched = filled.watched
    grant_id = give(watched, staff)
    genuine = signed_staff(StaffClaim(staff.pk, watched.id))
    view_all(session, genuine, filled.rows)
    assert seen(session) != NOTHING
    with tenant(watched.id, using="owner"), connections["owner"].cursor() as owner:
        owner.execute(
            'UPDATE projects_staffgrant SET views = replace(views::text, \'"at": "2\','
            ' \'"at": "1\')::jsonb WHERE id = %s',
            [grant_id],
        )
    assert seen(session) == NOTHING
    enter(session, genuine)
    view(session)
    session.commit()
    with tenant(watched.id):  # and is not kept
        assert [each["kind"] for each in StaffGrant.objects.get(pk=grant_id).views] == [
            "organization"
        ]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute("UPDATE projects_staffgrant SET views = NULL")


def test_end_expiry_and_leaving_close_it_at_once(
    session: psycopg.Connection, organization: Customer
) -> None:
    rows = fill(organization)
    staff = new_staff()
    genuine = signed_staff(StaffClaim(staff.pk, organization.id))
    now = timezone.now()

    def closed() -> bool:
        """Whether nothing is seen, in a transaction that saw it before, and in another."""
        within = seen(session) == NOTHING
        enter(session, genuine)
        return within and view(session) == "refused" and seen(session) == NOTHING

    def opened() -> UUID:
        grant_id = give(organization, staff)
        assert view_all(session, genuine, rows) == {"done"}
        assert seen(session) != NOTHING
        return grant_id

    grant_id = opened()
    with tenant(organization.id):
        end_access(grant_id=grant_id, by=organization.actor, now=now)
    assert closed()
    grant_id = opened()
    with tenant(organization.id):
        StaffGrant.objects.filter(pk=grant_id).update(expires_at=timezone.now())
    assert closed()
    opened()
    assert end_own_access(organization_id=organization.id, by=staff.pk)
    assert closed()
    opened()
    with tenant(organization.id):
        set_rule(rule=StaffRules.NEVER, by=organization.actor, now=now)
    assert closed()
    with tenant(organization.id):
        set_rule(rule=StaffRules.ALLOW, by=organization.actor, now=now)
    opened()
    User.objects.filter(pk=staff.pk).update(is_staff=False)
    assert closed()


def test_request_by_each_rule(organization: Customer, staff: User) -> None:
    asked = {"organization_id": organization.id, "by": staff.pk, "reason": "Why", "minutes": 5}
    outcomes = [ask_for_access(**asked), ask_for_access(**asked)]
    end_own_access(organization_id=organization.id, by=staff.pk)
    for rule in (StaffRules.ALLOW, StaffRules.NEVER):
        with tenant(organization.id):
            set_rule(rule=rule, by=organization.actor, now=timezone.now())
        outcomes.append(ask_for_access(**asked))
    assert outcomes == ["asked", "unchanged", "started", "never"]
    with tenant(organization.id):
        events = AuditEvent.objects.in_bulk()
        links = AuditLink.objects.order_by("seq")
        actions = [events[link.pk].action.partition(".") for link in links]
        told = [what for area, _, what in actions if area == "staff_access"]
    assert told == ["asked", "left", "rule_changed", "started", "rule_changed", "ended", "barred"]


@pytest.mark.parametrize("minutes", [0, 241])
def test_time_limit_is_the_databases(organization: Customer, staff: User, minutes: int) -> None:
    with pytest.raises(IntegrityError):
        ask_for_access(organization_id=organization.id, by=staff.pk, reason="x", minutes=minutes)
    grant_id = give(organization, staff)
    later = timezone.now() + timedelta(hours=4, seconds=1)
    with pytest.raises(IntegrityError), tenant(organization.id):
        StaffGrant.objects.filter(pk=grant_id).update(expires_at=later)


def test_only_our_staff_asks(organization: Customer, stranger: Customer) -> None:
    with pytest.raises(PermissionDenied):
        ask_for_access(organization_id=organization.id, by=stranger.owner.pk, reason="x", minutes=5)


def test_deed_in_the_name_of_another_is_refused(
    session: psycopg.Connection, staff: User, colleague: User, organization: Customer
) -> None:
    enter(session, signed_staff(StaffClaim(staff.pk)))
    for actor in (colleague.pk, None, uuid4()):
        row = session.execute(
            "SELECT orac.suspend_organization(%s, %s, 'x')", [organization.id, actor]
        ).fetchone()
        assert row == ("refused",)


def test_sealed_content_opens_under_a_grant_alone(organization: Customer, staff: User) -> None:
    rows = fill(organization)
    wanted = {"user_id": staff.pk, "organization_id": organization.id, "kind": "conversation"}
    target = rows[Message].conversation_id  # type: ignore[attr-defined]
    with tenant(organization.id):
        said = Message.objects.get()
        said.text = "canary"
        said.save()
    with pytest.raises(NotLetIn), content_opened(**wanted, target_id=target):
        pass
    origin = Origin("192.0.2.7", "abcdef0123456789")
    with coming_from(origin):
        give(organization, staff)
    with tenant(organization.id):
        event = AuditEvent.objects.get(action="staff_access.asked", actor_id=staff.pk)
    told = ("Sam (AskOrac staff)", origin.address, origin.session)
    assert (event.actor_label, event.address, event.session) == told
    with coming_from(origin), content_opened(**wanted, target_id=target):
        message = Message.objects.using("staff").only("text").get()
        assert message.text.open() == "canary"
    with tenant(organization.id):
        event = AuditEvent.objects.get(action="staff.viewed")
    assert (event.actor_kind, event.actor_id, event.target_id) == ("staff", staff.pk, target)
    assert (event.actor_label, event.address, event.session) == told
    assert set(event.commitments) == {"actor_label", "address", "session", "remarks"}
    why = {"person": "Sam", "reason": "Help", "kind": "conversation"}
    assert event.remarks == {**why, "project": str(rows[Project].pk)}


def test_nothing_opens_while_the_customers_key_is_taken_away(
    organization: Customer, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(organization)
    with tenant(organization.id):
        said = Message.objects.get()
        said.text = "canary"
        said.save()
    give(organization, staff)

    def revoked(organization_id: UUID) -> None:
        raise KeyRevoked

    monkeypatch.setattr(keyrings, "of", revoked)
    wanted = {"user_id": staff.pk, "organization_id": organization.id, "kind": "conversation"}
    with content_opened(**wanted, target_id=said.conversation_id):
        message = Message.objects.using("staff").only("text").get()
        with pytest.raises(KeyRevoked):
            message.text.open()


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO projects_staffgrant (organization_id, id) VALUES (gen_random_uuid(), NULL)",
        "UPDATE projects_staffgrant SET staff_user_id = gen_random_uuid()",
        "UPDATE projects_staffgrant SET minutes = 240",
        "UPDATE projects_staffgrant SET views = '[]'",
        "DELETE FROM projects_staffgrant",
        "SELECT orac.view_as_staff('conversation', NULL)",
        "SELECT orac.opened_organization()",
        "SELECT orac.opened_targets('conversation')",
        "SELECT orac.staff_field(2)",
        "SELECT orac.staff_claim()",
    ],
)
def test_app_role_neither_makes_a_grant_nor_uses_one(statement: str) -> None:
    with connect("default") as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO projects_staffgrant (id) VALUES (NULL)",
        "UPDATE projects_staffgrant SET expires_at = now() + interval '1 hour'",
        "UPDATE projects_staffrule SET rule = 'allow'",
        "UPDATE projects_organizationlimits SET sources = NULL",
        "SELECT orac.staff_field(2)",
        "SELECT orac.staff_claim()",
        "SELECT embedding FROM knowledge_chunk",
        "SELECT instructions FROM projects_project",
        "SELECT page_url FROM conversations_conversation",
    ],
)
def test_staff_role_overstepping(session: psycopg.Connection, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute(statement)
