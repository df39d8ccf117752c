"""Rules for how long content stays, holds, the purge, and receipts."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connections
from django.utils import timezone

from askorac.jobs.models import Job, State
from askorac.jobs.tasks import run_job
from askorac.signing import live, wrapping
from askorac.signing.signatures import verify
from askorac.tenancy.context import tenant
from askorac.testing.keys import taken_away
from askorac.testing.people import Customer, new_project
from conversations.erasing import CONVERSATIONS
from conversations.models import Conversation, ConversationWord, Message, Turn
from conversations.tests.conversing import START, converse, exchange
from projects.lifecycle import delete_project
from projects.models import AuditEvent, Content, ErasureReceipt, Keep, Project, PurgeRun
from projects.receipts import SWEEP, given
from projects.retention import purging
from projects.retention.holds import lift_hold, list_holds, place_hold
from projects.retention.purging import preview, purge_batch
from projects.retention.rules import PURGE, Rule, change_rules, rules_of
from projects.trail.proof import prove_trail

from .test_audit_chain import write
from .test_trail_deeds import age

DAY = Rule(Keep.DAYS, 1)
MONTH = Rule(Keep.DAYS, 30)
SESSION = Rule(Keep.SESSION)
FOREVER = Rule()
LONG_AGO = timezone.now() - timedelta(days=2)


def rule(customer: Customer, project: Project | None = None, **wanted: Rule | None) -> bool:
    """Rules as they were made two days ago: they have settled."""
    by_content = {Content(name): each for name, each in wanted.items()}
    with tenant(customer.id):
        return change_rules(wanted=by_content, project=project, by=customer.actor, now=LONG_AGO)


def purge(customer: Customer) -> Job:
    """Have the purge done that is planned; its job afterwards."""
    with tenant(customer.id):
        job = Job.objects.get(kind=PURGE)
    run_job(str(customer.id), str(job.pk))
    with tenant(customer.id):
        return Job.objects.get(kind=PURGE)


def receipts(customer: Customer) -> list[ErasureReceipt]:
    with tenant(customer.id):
        return list(ErasureReceipt.objects.order_by("at", "id"))


def left(customer: Customer) -> list[int]:
    with tenant(customer.id):
        models = (Conversation, Turn, Message, ConversationWord)
        return [model.objects.count() for model in models]


@pytest.fixture
def said(organization: Customer, project: Project) -> Project:
    """A project with two conversations: one of yesterday's, one of now."""
    with tenant(organization.id):
        old = converse(project)
        exchange(project, old, "Until when?", "Within thirty days.")
        new = converse(project)
        exchange(project, new, "Where?", "At the harbour.")
        Conversation.objects.filter(pk=new).update(last_message_at=timezone.now())
    return project


def test_rules_before_anybody_made_one(organization: Customer, project: Project) -> None:
    with tenant(organization.id):
        ruled = rules_of(project.pk)
    assert {(each.rule, each.is_own) for each in ruled.values()} == {(FOREVER, False)}
    assert set(ruled) == set(Content)


def test_rule_of_a_project_overrides_and_is_taken_back(
    organization: Customer, project: Project
) -> None:
    rule(organization, conversations=MONTH, uploads=DAY)
    rule(organization, project, conversations=FOREVER)
    with tenant(organization.id):
        own = rules_of(project.pk)
        assert own[Content.CONVERSATIONS].rule == FOREVER
        assert (own[Content.UPLOADS].rule, own[Content.UPLOADS].is_own) == (DAY, False)
        assert rules_of()[Content.CONVERSATIONS].rule == MONTH
    assert rule(organization, project, conversations=None)
    assert not rule(organization, project, conversations=None)
    with tenant(organization.id):
        assert rules_of(project.pk)[Content.CONVERSATIONS].rule == MONTH
        trail = AuditEvent.objects.filter(action="retention.changed", target_kind="project")
        details = [event.details.open() for event in trail]
    override = ["conversations: 30 days"], ["conversations: until it is deleted"]
    taken_back = ["conversations: until it is deleted"], ["conversations: as the organization"]
    found = sorted((each["before"], each["after"]) for each in details)
    assert found == sorted([override, taken_back])


@pytest.mark.parametrize(
    ("content", "wanted", "sentence"),
    [
        ("audit", Rule(Keep.DAYS, 364), "The audit trail is kept for at least 365 days."),
        ("uploads", SESSION, "Only conversations and visitor data can go at the end"),
        ("visitors", Rule(Keep.DAYS, 0), "Give a number of days, from 1 to 36,500."),
        ("visitors", Rule(Keep.DAYS), "Give a number of days, from 1 to 36,500."),
    ],
)
def test_rule_that_can_not_be(
    organization: Customer, content: str, wanted: Rule, sentence: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        rule(organization, **{content: wanted})
    assert sentence in str(refused.value)


def test_audit_rule_of_a_project_is_refused(organization: Customer, project: Project) -> None:
    with pytest.raises(ValidationError, match="whole organization's"):
        rule(organization, project, audit=Rule(Keep.DAYS, 400))


def test_preview_counts_what_would_go(organization: Customer, said: Project) -> None:
    wanted = {Content.CONVERSATIONS: SESSION, Content.VISITORS: FOREVER}
    with tenant(organization.id):
        seen = preview(wanted=wanted, project=None, now=timezone.now())
    found = {each.content: (each.due.count, each.due.oldest) for each in seen.contents}
    assert found == {Content.CONVERSATIONS: (2, START), Content.VISITORS: (0, None)}
    assert left(organization)[0] == 2


@pytest.mark.parametrize(
    ("wanted", "age", "count"),
    [
        (SESSION, timedelta(minutes=3), 2),
        (DAY, timedelta(hours=23, minutes=50), 2),
        (DAY, timedelta(hours=20), 1),
    ],
    ids=["a chat of now", "nearly a day", "young"],
)
def test_preview_counts_what_the_first_purge_takes(
    organization: Customer, said: Project, wanted: Rule, age: timedelta, count: int
) -> None:
    now = timezone.now()
    rules = {Content.CONVERSATIONS: wanted}
    with tenant(organization.id):
        newest = Conversation.objects.order_by("-last_message_at")[:1]
        Conversation.objects.filter(pk__in=newest.values("pk")).update(last_message_at=now - age)
        seen = preview(wanted=rules, project=None, now=now)
        assert (seen.total, seen.is_held) == (count, False)
        change_rules(wanted=rules, project=None, by=organization.actor, now=now)
        assert seen.purge_at == Job.objects.get(kind=PURGE).due_at
        purge_batch(CONVERSATIONS, said.pk, now=seen.purge_at)
    assert left(organization)[0] == 2 - count


def test_preview_of_rules_by_which_nothing_goes(organization: Customer, said: Project) -> None:
    with tenant(organization.id):
        seen = preview(wanted={Content.UPLOADS: FOREVER}, project=said, now=timezone.now())
    assert (seen.purge_at, seen.total) == (None, 0)


def test_purge_cuts_the_trail_by_its_rule_and_proves_it(organization: Customer) -> None:
    write(organization, 3)
    rule(organization, audit=Rule(Keep.DAYS, 400))
    age(organization, 3, days=401)
    purge(organization)
    [receipt] = receipts(organization)
    assert receipt.document["counts"] == {"audit_events": 3}
    with tenant(organization.id):
        assert AuditEvent.objects.get(action="audit_trail.cut").remarks["up_to"] == 3
    assert prove_trail(organization.id) > 1


def test_purge_takes_what_is_old_and_gives_a_receipt(organization: Customer, said: Project) -> None:
    rule(organization, conversations=SESSION)
    job = purge(organization)
    assert left(organization) == [1, 1, 2, 9]
    assert (job.state, job.due_at > timezone.now()) == (State.QUEUED, True)
    [receipt] = receipts(organization)
    with tenant(organization.id):
        document = verify(given(receipt))
        assert PurgeRun.objects.get().finished_at is not None
        event = AuditEvent.objects.get(action="retention.purged")
    assert (document["kind"], document["rule"]) == ("retention.purged", "retention")
    assert document["counts"]["conversations"] == 1
    assert document["rules"] == [
        {"content": "conversations", "keep": "session", "project_id": str(said.pk)}
    ]
    assert event.details.open()["messages"] == 2
    purge(organization)
    assert len(receipts(organization)) == 1


def test_purge_waits_until_a_rule_has_settled(organization: Customer, said: Project) -> None:
    with tenant(organization.id):
        change_rules(
            wanted={Content.CONVERSATIONS: SESSION},
            project=None,
            by=organization.actor,
            now=timezone.now(),
        )
        due_at = Job.objects.get(kind=PURGE).due_at
    assert timedelta(minutes=15) < due_at - timezone.now() < timedelta(minutes=21)
    purge(organization)
    assert left(organization)[0] == 2


def test_session_that_is_still_open_is_not_over(organization: Customer, said: Project) -> None:
    rule(organization, conversations=SESSION)
    with tenant(organization.id):
        Conversation.objects.update(seen_at=timezone.now() - timedelta(minutes=14))
    purge(organization)
    assert left(organization)[0] == 2
    with tenant(organization.id):
        Conversation.objects.update(seen_at=timezone.now() - timedelta(minutes=16))
    purge(organization)
    assert left(organization)[0] == 1


def test_visitor_data_goes_and_the_conversation_stays(
    organization: Customer, said: Project
) -> None:
    with tenant(organization.id):
        before = Conversation.objects.order_by("last_message_at")[0]
    rule(organization, visitors=SESSION)
    purge(organization)
    with tenant(organization.id):
        after = Conversation.objects.order_by("last_message_at")[0]
        assert Message.objects.filter(conversation_id=after.pk).count() == 2
    assert (after.pk, after.page_url.open(), after.has_words) == (before.pk, "", False)
    assert after.visitor_id != before.visitor_id
    [receipt] = receipts(organization)
    assert receipt.document["counts"]["visitor_ids"] == 1
    purge(organization)
    assert len(receipts(organization)) == 1


@pytest.mark.parametrize("is_whole", [True, False])
def test_hold_stops_the_purge_until_it_is_lifted(
    organization: Customer, said: Project, is_whole: bool
) -> None:
    rule(organization, conversations=DAY)
    now = timezone.now() + timedelta(days=2)
    with tenant(organization.id):
        Conversation.objects.update(last_message_at=now - timedelta(days=5))
        made = place_hold(
            project=None if is_whole else said,
            reason="A dispute about parcels",
            by=organization.actor,
            now=timezone.now(),
        )
    purge(organization)
    assert (left(organization)[0], receipts(organization)) == (2, [])
    with tenant(organization.id):
        [shown] = list_holds(project_id=said.pk)
        assert (shown.reason, shown.placed_by) == (
            "A dispute about parcels",
            organization.actor.label,
        )
        assert lift_hold(hold=made, by=organization.actor, now=timezone.now())
        assert not lift_hold(hold=made, by=organization.actor, now=timezone.now())
        assert list_holds() == []
    purge(organization)
    assert left(organization)[0] == 0


def test_hold_of_one_project_leaves_others_to_their_rules(
    organization: Customer, said: Project
) -> None:
    other = new_project(organization, "Other")
    with tenant(organization.id):
        converse(other)
        place_hold(project=other, reason="A dispute", by=organization.actor, now=timezone.now())
        Conversation.objects.update(last_message_at=START - timedelta(days=9))
    rule(organization, conversations=DAY)
    purge(organization)
    with tenant(organization.id):
        assert set(Conversation.objects.values_list("project_id", flat=True)) == {other.pk}


def test_project_with_a_rule_of_its_own_is_purged_by_that(
    organization: Customer, said: Project
) -> None:
    rule(organization, conversations=DAY)
    rule(organization, said, conversations=FOREVER)
    with tenant(organization.id):
        Conversation.objects.update(last_message_at=START - timedelta(days=9))
    purge(organization)
    assert left(organization)[0] == 2


@pytest.mark.parametrize("step", ["_count", "finish_run"])
def test_purge_that_was_killed_goes_on_and_counts_once(
    organization: Customer, said: Project, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """In the second batch, when it has erased; or when all is erased, before the receipt."""
    with tenant(organization.id):
        Conversation.objects.update(last_message_at=START - timedelta(days=9))
    rule(organization, conversations=DAY)
    monkeypatch.setattr(purging, "BATCH", 1)
    _die_in(monkeypatch, step, times=2 if step == "_count" else 1)
    with pytest.raises(KeyboardInterrupt):
        purge(organization)
    assert left(organization)[0] == (1 if step == "_count" else 0)
    assert receipts(organization) == []
    monkeypatch.undo()
    with tenant(organization.id):
        lapsed = timezone.now() - timedelta(minutes=1)
        Job.objects.filter(kind=PURGE).update(lease_expires_at=lapsed)
    purge(organization)
    [receipt] = receipts(organization)
    assert receipt.document["counts"]["conversations"] == 2


def _die_in(monkeypatch: pytest.MonkeyPatch, step: str, *, times: int) -> None:
    """Die in a step of the purge, when it is come to for the nth time."""
    done, calls = getattr(purging, step), count(1)

    def die(*args: Any, **options: Any) -> None:
        if next(calls) == times:
            raise KeyboardInterrupt
        done(*args, **options)

    monkeypatch.setattr(purging, step, die)


def test_purge_asks_for_the_signing_key_with_no_transaction_open(
    organization: Customer, said: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, unwrap = connections["default"], wrapping.unwrap
    states: list[bool] = []

    def asked(wrapped: bytes) -> bytes:
        states.append(ours.in_atomic_block)
        return unwrap(wrapped)

    monkeypatch.setattr(wrapping, "unwrap", asked)
    rule(organization, conversations=SESSION)
    monkeypatch.setattr(live, "_kept", None)
    purge(organization)
    assert receipts(organization)[0].signature
    assert states == [False]


def test_purge_goes_on_while_the_key_is_away(organization: Customer, said: Project) -> None:
    rule(organization, conversations=SESSION, visitors=SESSION)
    with taken_away(organization.id):
        purge(organization)
        assert left(organization)[0] == 1
    [receipt] = receipts(organization)
    with tenant(organization.id):
        assert verify(given(receipt))["counts"]["conversations"] == 1
        assert AuditEvent.objects.get(action="retention.purged").remarks == {"unnamed": True}


def test_purge_that_broke_is_put_up_again_by_the_sweep(
    organization: Customer, said: Project
) -> None:
    rule(organization, conversations=SESSION)
    with tenant(organization.id):
        Job.objects.filter(kind=PURGE).update(state=State.FAILED, reason="It broke.")
        sweep = Job.objects.get(kind=SWEEP)
    run_job(str(organization.id), str(sweep.pk))
    with tenant(organization.id):
        states = dict(Job.objects.values_list("kind", "state"))
    assert (states[PURGE], states[SWEEP]) == (State.QUEUED, State.QUEUED)
    purge(organization)
    assert left(organization)[0] == 1


def test_receipt_of_a_project_names_how_much_it_had(organization: Customer, said: Project) -> None:
    project_id = said.pk
    with tenant(organization.id):
        delete_project(project=said, by=organization.actor, now=timezone.now())
    [receipt] = receipts(organization)
    assert (receipt.kind, receipt.of_project) == ("project.deleted", project_id)
    counts = {"conversations": 2, "messages": 4, "turns": 2}
    assert counts.items() <= receipt.document["counts"].items()
