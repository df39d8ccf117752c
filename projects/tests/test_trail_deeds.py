"""What goes from an audit trail: by the organization's rule, for an erasure, and never silently."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.db.utils import ProgrammingError
from django.utils import timezone

from askorac.tenancy.context import tenant
from askorac.tenancy.trail_deeds import CUT_TYPE, cut_due, cut_trail, forget_in_trail
from askorac.testing.people import Customer, new_customer
from conversations.tests.conversing import converse
from projects.models import (
    AuditCheckpoint,
    AuditEvent,
    AuditHead,
    AuditLink,
    Content,
    Keep,
    Project,
)
from projects.retention.holds import lift_hold, place_hold
from projects.retention.rules import Rule, change_rules
from projects.trail.chaining import clear_fields, digest_of
from projects.trail.recording import SYSTEM, Target, record

from .test_audit_chain import NOW, ODD, write


def names_kept(customer: Customer) -> set[UUID | None]:
    with tenant(customer.id):
        named = AuditEvent.objects.filter(target_label__isnull=False)
        return set(named.values_list("target_id", flat=True))


def test_what_a_person_is_forgotten_of_leaves_the_chain_whole() -> None:
    customer, other, gone = new_customer(), new_customer(), uuid4()
    write(customer, 2, name="x")
    for each in (customer, other):
        with tenant(each.id):
            target = Target(kind="conversation", id=gone, label=ODD)
            record(action="conversation.read", target=target, by=customer.actor, now=NOW, page="x")
    with tenant(customer.id):
        assert forget_in_trail([gone, uuid4()]) == 1
    assert gone not in names_kept(customer)
    assert gone in names_kept(other)
    with tenant(customer.id):
        event = AuditEvent.objects.get(target_id=gone)
        assert not (event.target_label or event.details or event.sealed_salts)
        assert event.actor_label == customer.owner.email  # who read it is nobody that was erased
        links = list(AuditLink.objects.order_by("seq"))
        told = AuditEvent.objects.get(pk=links[-1].pk)
        digests = {each.pk: bytes(each.digest) for each in links}
        for event in AuditEvent.objects.all():
            assert digest_of(clear_fields(event)) == digests[event.pk]
    assert (told.action, told.actor_kind) == ("audit_trail.person_erased", "system")
    assert told.remarks == {"count": 1, "conversations": str(gone)}
    with tenant(customer.id):
        assert forget_in_trail([gone]) == 0
        assert AuditLink.objects.count() == len(links)  # nothing was done: nothing is told


def test_names_of_what_was_not_erased_stay(project: Project, organization: Customer) -> None:
    """The app's login empties what an erasure needs, and nothing while a hold stands."""
    with tenant(organization.id):
        living, gone = converse(project), uuid4()
        for kind, target in (("conversation", living), ("conversation", gone), ("project", gone)):
            about = Target(kind=kind, id=target, label=ODD)
            record(action="x.y", target=about, by=SYSTEM, now=NOW)
    for targets, sentence in (([living, gone], "Erase"), ([uuid4()] * 501, "at most 500")):
        with pytest.raises(ProgrammingError, match=sentence), tenant(organization.id):
            forget_in_trail(targets)
    with tenant(organization.id):
        hold = place_hold(project=None, reason="A lawsuit", by=SYSTEM, now=NOW)
    with pytest.raises(ProgrammingError, match="hold"), tenant(organization.id):
        forget_in_trail([gone])
    assert {living, gone} <= names_kept(organization)
    with tenant(organization.id):
        lift_hold(hold=hold, by=SYSTEM, now=NOW)
        assert forget_in_trail([gone]) == 1
        assert AuditEvent.objects.get(target_kind="project", target_id=gone).target_label
    with tenant(organization.id, project_id=project.pk):
        assert forget_in_trail([gone]) == 0


def age(customer: Customer, up_to: int, *, days: int) -> None:
    """Have the first events linked so many days ago."""
    with tenant(customer.id, using="owner"):
        links = AuditLink.objects.using("owner").filter(seq__lte=up_to)
        links.update(linked_at=timezone.now() - timedelta(days=days))


def rule(customer: Customer, days: int | None) -> None:
    """Have the trail kept for so many days, or for ever."""
    kept = Rule(Keep.DAYS, days) if days else Rule()
    with tenant(customer.id):
        wanted = {Content.AUDIT: kept}
        change_rules(wanted=wanted, project=None, by=customer.actor, now=timezone.now())


def cut(customer: Customer, up_to: int, **changed: Any) -> int:
    """As the app's login may: with a statement about the cut, or with another."""
    with tenant(customer.id):
        link = AuditLink.objects.filter(seq=up_to).first()
        document = {
            "type": CUT_TYPE,
            "organization_id": str(customer.id),
            "seq": up_to,
            "chain": bytes(link.chain).hex() if link else "",
        }
        given = {"key_id": "k", "public_key": bytes(32), "signature": bytes(64)}
        given |= {name: changed.pop(name) for name in set(given) & set(changed)}
        return cut_trail(up_to, document=document | changed, **given)


def test_trail_is_cut_by_the_organizations_own_rule_alone() -> None:
    customer = new_customer()
    write(customer, 5)
    age(customer, 4, days=400)
    without = "has no rule by which audit events go"
    with pytest.raises(ProgrammingError, match=without):
        cut(customer, 3)
    with pytest.raises(ProgrammingError, match=without), tenant(customer.id):
        cut_due(most=3)
    rule(customer, 500)
    with pytest.raises(ProgrammingError, match="as long as the organization's rule says"):
        cut(customer, 1)
    rule(customer, None)
    assert cut(customer, 3) == 0
    rule(customer, 365)
    age(customer, 2, days=364)
    with pytest.raises(ProgrammingError, match="365 days at least"):
        cut(customer, 2)
    with tenant(customer.id):
        assert cut_due(most=3) is None
        assert AuditLink.objects.filter(seq__lte=5).count() == 5


def test_trail_is_cut_from_the_front_and_says_so() -> None:
    customer, now = new_customer(), timezone.now()
    write(customer, 5)
    age(customer, 4, days=400)
    rule(customer, 365)
    with tenant(customer.id):
        hold = place_hold(project=None, reason="A lawsuit", by=SYSTEM, now=now)
    with tenant(customer.id):
        assert cut_due(most=3) is None
    assert cut(customer, 3) == 0
    with tenant(customer.id):
        lift_hold(hold=hold, by=SYSTEM, now=now)
    with tenant(customer.id):
        link = bytes(AuditLink.objects.get(seq=3).chain)
        assert cut_due(most=3) == (3, link)
    with pytest.raises(ProgrammingError, match="365 days"):
        cut(customer, 5)
    assert (cut(customer, 3), cut(customer, 3), cut(customer, 99)) == (3, 0, 0)
    assert cut(customer, 4) == 1
    with tenant(customer.id):
        assert cut_due(most=3) is None
        assert AuditLink.objects.order_by("seq").first().seq == 5  # type: ignore[union-attr]
        kept = AuditCheckpoint.objects.filter(kind="cut").order_by("seq")
        assert [(each.seq, each.document["seq"]) for each in kept] == [(3, 3), (4, 4)]
        links = AuditLink.objects.order_by("-seq")[:2]
        told = [AuditEvent.objects.get(pk=each.pk) for each in links]
        head = AuditHead.objects.get()
    assert [each.action for each in told] == ["audit_trail.cut"] * 2
    assert [(each.remarks["count"], each.remarks["up_to"]) for each in told] == [(1, 4), (3, 3)]
    write(customer)
    with tenant(customer.id):
        assert AuditHead.objects.get().seq == head.seq + 1


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "askorac.audit-checkpoint/1"},
        {"organization_id": str(uuid4())},
        {"seq": 2},
        {"chain": "00" * 32},
        {"chain": None},
        {"signature": b""},
        {"public_key": b"short"},
        {"signature": None},
    ],
    ids=["type", "organization", "seq", "chain", "no_chain", "unsigned", "key", "no_signature"],
)
def test_trail_is_not_cut_without_the_statement_about_it(
    aged: Customer, changed: dict[str, Any]
) -> None:
    with pytest.raises(ProgrammingError, match="signed statement about this very cut"):
        cut(aged, 3, **changed)
    with tenant(aged.id):
        assert AuditLink.objects.filter(seq__lte=3).count() == 3


@pytest.fixture(scope="module")
def aged() -> Customer:
    """Of whose trail the first three events are old enough to go."""
    customer = new_customer()
    write(customer, 3)
    age(customer, 3, days=400)
    rule(customer, 365)
    return customer


@pytest.mark.parametrize(("kind", "ahead"), [("cut", 0), ("checkpoint", 1)])
def test_app_role_plants_no_statement_that_would_stand_in_the_way(
    organization: Customer, kind: str, ahead: int
) -> None:
    with tenant(organization.id):
        head = AuditHead.objects.get()
        values = {"at": NOW, "key_id": "x", "public_key": b"x", "signature": b"x"}
        AuditCheckpoint.objects.create(kind="checkpoint", seq=head.seq, **values)
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            AuditCheckpoint.objects.create(kind=kind, seq=head.seq + ahead, **values)
