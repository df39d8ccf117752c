"""A key service of the customer's own, on a real OpenBao: chosen, changed, left, killed between."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from askorac.jobs.models import State
from askorac.sealing import KeyRevoked, keyrings
from askorac.tenancy.context import tenant
from askorac.testing.openbao import OpenBao
from askorac.testing.people import Customer
from keys.layers import installation_service
from keys.models import DataKey, OwnKeyService
from keys.own_services import (
    NOT_OFFERED,
    Wanted,
    check_service,
    choose_service,
    leave_service,
    own_service_of,
)
from keys.resealing import RESEAL
from keys.rewrapping import REWRAP
from keys.rotation import rotate_wrapping_key
from keys.tests.dying import die
from keys.tests.own_service import Holding, holding, new_holding
from keys.tests.sealed_rows import (
    COUNT,
    data_keys,
    do,
    everything,
    forget_trail,
    job_of,
    opened,
    pass_time,
    versions,
)
from projects.models import AuditEvent

__all__ = ["holding"]


def choose(holding: Holding, wanted: Wanted | None = None) -> OwnKeyService:
    return choose_service(
        organization_id=holding.customer.id,
        wanted=wanted or holding.wanted,
        by=holding.customer.actor,
        now=timezone.now(),
    )


def leave(holding: Holding) -> bool:
    return leave_service(
        organization_id=holding.customer.id, by=holding.customer.actor, now=timezone.now()
    )


def wearing(customer: Customer) -> set[object]:
    """By which services of its own the customer's data keys are wrapped."""
    with tenant(customer.id):
        rows = DataKey.objects.exclude(purpose="access")
        return set(rows.values_list("own_service_id", flat=True))


def actions(customer: Customer) -> list[str]:
    with tenant(customer.id):
        events = AuditEvent.objects.filter(target_kind="key_service").order_by("at")
        return list(events.values_list("action", flat=True))


def opens_afresh(customer: Customer) -> bool:
    keyrings.forget(customer.id)
    return opened(customer) == everything()


def test_check_changes_nothing(holding: Holding) -> None:
    check_service(organization_id=holding.customer.id, wanted=holding.wanted)
    assert (wearing(holding.customer), actions(holding.customer)) == ({None}, [])


@pytest.mark.parametrize(
    ("address", "secret", "field"),
    [
        ("local:///tmp/keys", "t", "address"),
        ("https://vault.example", "t", "address"),
        ("", "t", "address"),
        ("{base}/keys/missing", "{token}", "secret"),
        ("{base}/keys/{key}", "wrong", "secret"),
        ("{base}/keys/{key}", "", "secret"),
        ("{base}", "{token}", "address"),
        ("openbao+http://127.0.0.1:1/transit/keys/one", "t", "secret"),
    ],
)
def test_what_can_not_work_is_told_and_nothing_is_kept(
    holding: Holding, address: str, secret: str, field: str
) -> None:
    facts = {"base": holding.server.address, "key": holding.key, "token": holding.token}
    with pytest.raises(ValidationError) as raised:
        choose(holding, Wanted(address.format(**facts), "", secret.format(**facts)))
    assert list(raised.value.message_dict) == [field]
    assert all(holding.token not in each for each in raised.value.messages)
    assert wearing(holding.customer) == {None}


def test_private_address_is_refused_unless_the_operator_lets_it_through(
    organization: Customer, openbao: OpenBao
) -> None:
    wanted = new_holding(organization, openbao).wanted
    with pytest.raises(ValidationError) as raised:
        check_service(organization_id=organization.id, wanted=wanted)
    assert list(raised.value.message_dict) == ["address"]


def test_folder_of_ours_is_no_service_of_theirs(organization: Customer, tmp_path: Path) -> None:
    with pytest.raises(ValidationError) as raised:
        check_service(
            organization_id=organization.id, wanted=Wanted(f"local://{tmp_path}", "", "x")
        )
    assert raised.value.message_dict == {"address": [NOT_OFFERED]}


def test_chosen_service_wraps_all_data_keys_and_they_stay_what_they_are(holding: Holding) -> None:
    before = keyrings.of(holding.customer.id).keys
    chosen = choose(holding)
    assert wearing(holding.customer) == {None}
    assert opens_afresh(holding.customer)
    assert do(holding.customer, REWRAP).state == State.READY
    assert wearing(holding.customer) == {chosen.pk}
    after = keyrings.of(holding.customer.id).keys
    assert (after.words, after.content[1]) == (before.words, before.content[1])
    assert opens_afresh(holding.customer)
    shown = own_service_of(holding.customer.id)
    assert shown and (shown.address, shown.is_in_place) == (holding.wanted.address, True)
    assert actions(holding.customer) == ["key_service.chosen"]


def test_installation_alone_opens_nothing_any_more(holding: Holding) -> None:
    holding.choose()
    with tenant(holding.customer.id):
        rows = list(DataKey.objects.exclude(purpose="access"))
    for row in rows:
        with pytest.raises(Exception, match="does not open"):
            installation_service().unwrap(holding.customer.id, bytes(row.wrapped))


def test_new_data_key_follows_that_the_service_has_wrapped_from_the_beginning(
    holding: Holding,
) -> None:
    holding.choose()
    assert data_keys(holding.customer) == [1, 2]
    pass_time(holding.customer, hours=2)
    forget_trail(holding.customer)
    do(holding.customer, RESEAL)
    assert (versions(holding.customer), data_keys(holding.customer)) == ([2] * COUNT, [2])
    assert opens_afresh(holding.customer)
    assert do(holding.customer, REWRAP).state == State.READY
    assert data_keys(holding.customer) == [2]


def test_other_credentials_take_their_place_at_once_and_while_the_key_is_away(
    holding: Holding,
) -> None:
    holding.choose()
    holding.server.revoke_token(holding.token)
    keyrings.forget(holding.customer.id)
    with pytest.raises(KeyRevoked):
        keyrings.of(holding.customer.id)
    before = own_service_of(holding.customer.id)
    role_id, secret_id = holding.server.make_role(holding.policy)
    choose(holding, Wanted(holding.wanted.address, role_id, secret_id))
    after = own_service_of(holding.customer.id)
    assert before and after and before.id == after.id
    assert opened(holding.customer) == everything()
    assert actions(holding.customer) == ["key_service.chosen", "key_service.changed"]


def test_another_service_while_the_key_is_away_is_refused(
    holding: Holding, openbao: OpenBao
) -> None:
    holding.choose()
    openbao.disable_key(holding.key)
    with pytest.raises(ValidationError) as raised:
        choose(holding, new_holding(holding.customer, openbao).wanted)
    assert list(raised.value.message_dict) == ["address"]
    openbao.enable_key(holding.key)
    assert opens_afresh(holding.customer)


def test_another_key_takes_the_place_of_the_first(holding: Holding, openbao: OpenBao) -> None:
    holding.choose()
    other = new_holding(holding.customer, openbao)
    chosen = choose(other)
    openbao_is_asked_for = wearing(holding.customer)
    assert chosen.pk not in openbao_is_asked_for
    assert opens_afresh(holding.customer)
    do(holding.customer, REWRAP)
    assert wearing(holding.customer) == {chosen.pk}
    openbao.delete_key(holding.key)
    assert opens_afresh(holding.customer)
    with tenant(holding.customer.id):
        kept = OwnKeyService.objects.filter(sealed_access__isnull=False)
        assert list(kept.values_list("id", flat=True)) == [chosen.pk]


def test_left_service_is_needed_for_nothing(holding: Holding, openbao: OpenBao) -> None:
    holding.choose()
    assert leave(holding) is True
    do(holding.customer, REWRAP)
    assert wearing(holding.customer) == {None}
    openbao.delete_key(holding.key)
    assert opens_afresh(holding.customer)
    assert own_service_of(holding.customer.id) is None
    assert leave(holding) is False
    assert actions(holding.customer) == ["key_service.chosen", "key_service.left"]


def test_service_that_does_not_open_is_not_left(holding: Holding, openbao: OpenBao) -> None:
    holding.choose()
    openbao.disable_key(holding.key)
    with pytest.raises(KeyRevoked):
        leave(holding)
    assert own_service_of(holding.customer.id) is not None
    openbao.enable_key(holding.key)
    assert opens_afresh(holding.customer)


def test_key_rotated_by_the_customer_is_taken_over(holding: Holding, openbao: OpenBao) -> None:
    holding.choose()
    openbao.rotate_key(holding.key)
    rotate_wrapping_key(
        organization_id=holding.customer.id, by=holding.customer.actor, now=timezone.now()
    )
    do(holding.customer, REWRAP)
    with tenant(holding.customer.id):
        rows = list(DataKey.objects.exclude(purpose="access"))
    assert {bytes(row.wrapped).split(b":")[1] for row in rows} == {b"v2"}
    assert opens_afresh(holding.customer)


STEPS = [
    ("keys.layers:Layers.rewrap", 1),
    ("keys.layers:Layers.rewrap", 2),
    ("keys.layers:lock", 1),
    ("keys.rewrapping:_keep", 1),
    ("keys.rewrapping:_keep", 2),
    ("askorac.sealing.keyrings:forget", 1),
    ("askorac.jobs.tasks:finish", 1),
]


@pytest.mark.parametrize(("before", "call"), STEPS)
def test_killed_while_a_service_is_put_in_place_nothing_is_unreadable(
    holding: Holding, before: str, call: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOW_PRIVATE_ADDRESSES", "127.0.0.0/8")
    chosen = choose(holding)
    die(holding.customer.id, job_of(holding.customer, REWRAP).pk, before=before, call=call)
    assert len(wearing(holding.customer)) == 1
    assert opens_afresh(holding.customer)
    assert do(holding.customer, REWRAP).state == State.READY
    assert wearing(holding.customer) == {chosen.pk}
    assert opens_afresh(holding.customer)


@pytest.mark.parametrize(("before", "call"), STEPS[:5])
def test_killed_while_a_service_is_left_nothing_is_unreadable(
    holding: Holding, before: str, call: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOW_PRIVATE_ADDRESSES", "127.0.0.0/8")
    holding.choose()
    leave(holding)
    die(holding.customer.id, job_of(holding.customer, REWRAP).pk, before=before, call=call)
    assert opens_afresh(holding.customer)
    assert do(holding.customer, REWRAP).state == State.READY
    assert wearing(holding.customer) == {None}
    assert opens_afresh(holding.customer)


def test_service_that_went_before_it_was_in_place_holds_nothing_up(
    holding: Holding, openbao: OpenBao
) -> None:
    choose(holding)
    openbao.remove_policy(holding.policy)
    waiting = do(holding.customer, REWRAP)
    assert (waiting.state, waiting.attempts) == (State.QUEUED, 0)
    assert waiting.due_at > timezone.now() + timedelta(seconds=10)
    assert opens_afresh(holding.customer)
    leave(holding)
    assert do(holding.customer, REWRAP).state == State.READY
    assert opens_afresh(holding.customer)


def test_database_holds_neither_address_nor_token(holding: Holding) -> None:
    holding.choose()
    with tenant(holding.customer.id), connection.cursor() as cursor:
        cursor.execute("SELECT sealed_access, s::text FROM keys_ownkeyservice s")
        sealed, text = cursor.fetchone()
    for told in (holding.token, holding.key):
        assert told.encode() not in bytes(sealed)
        assert told not in text
