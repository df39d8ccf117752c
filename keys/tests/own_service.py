"""A customer with a key of their own on a running OpenBao."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.test import override_settings
from django.utils import timezone

from askorac.net.addresses import networks_of
from askorac.testing.openbao import OpenBao
from askorac.testing.people import Customer
from keys.own_services import Wanted, choose_service
from keys.rewrapping import REWRAP
from keys.tests.sealed_rows import do, seal_rows


@dataclass
class Holding:
    """The customer, and what they hold: a key, a policy that lets it be used, a token."""

    customer: Customer
    server: OpenBao
    key: str
    policy: str
    token: str

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.server.address_of(self.key), "", self.token)

    def choose(self) -> None:
        """Choose the service, and have everything wrapped by it."""
        organization_id, now = self.customer.id, timezone.now()
        choose_service(
            organization_id=organization_id, wanted=self.wanted, by=self.customer.actor, now=now
        )
        do(self.customer, REWRAP)


def new_holding(customer: Customer, server: OpenBao) -> Holding:
    """A fresh key, policy and token of a customer."""
    key = server.make_key()
    server.allow_key(key, key)
    return Holding(customer, server, key, key, server.make_token(key))


@pytest.fixture
def holding(organization: Customer, openbao: OpenBao) -> Iterator[Holding]:
    """A customer with sealed rows and a key of their own, which they have not chosen yet."""
    with override_settings(ALLOW_PRIVATE_ADDRESSES=networks_of("127.0.0.0/8")):
        seal_rows(organization)
        yield new_holding(organization, openbao)
