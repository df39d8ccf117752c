"""Customers' accounts at providers, with their keys opened; nothing keeps one but who asks."""

from dataclasses import replace
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError

from askorac.sealing import Tampered, keyrings
from askorac.tenancy.context import in_tenant
from keys.choices import OwnKey
from keys.models import ProviderKey
from keys.providers.accounts import Account
from keys.providers.accounts import ProviderKey as HiddenKey
from keys.providers.addresses import ADDRESSES
from keys.providers.listing import list_models
from keys.providers.offers import ModelOffer


def account_at(provider: str, base_url: str, key: str) -> Account:
    """A customer's account: at the provider's own address, or guarded at theirs."""
    return Account(
        HiddenKey(key),
        base_url or ADDRESSES[provider],
        is_guarded=bool(base_url),
        let_through=settings.ALLOW_PRIVATE_ADDRESSES if base_url else (),
        is_keyless=bool(base_url) and not key,
    )


def own_account(own: OwnKey) -> Account:
    """A customer's account with its key opened; nothing keeps it but who asks.

    Raises KeyRevoked, KeysAway, or Tampered also when the address was changed behind our back.
    """
    key = own.key.open(row_id=own.id) if own.key else ""
    if fingerprint_of(own.organization_id, own.provider, own.base_url, key) != own.fingerprint:
        raise Tampered
    account = account_at(own.provider, own.base_url, key)
    return replace(account, still_held=partial(_still_held, own))


async def models_of_key(own: OwnKey) -> tuple[ModelOffer, ...]:
    """What a key may answer and embed with, as its provider lists it.

    Raises ProviderFault or SealFault.
    """
    await keyrings.ready(own.organization_id)
    return await list_models(own.provider, own_account(own))


def fingerprint_of(organization_id: UUID, provider: str, base_url: str, key: str) -> str:
    """16 letters that tell a key, with where it is for, from others, and nothing of it."""
    text = f"{provider}\n{base_url}\n{key}"
    return keyrings.of(organization_id).digest(text, purpose="provider_key").hex()[:16]


async def _still_held(own: OwnKey) -> bool:
    """Whether a key is neither revoked nor replaced."""
    try:
        return await in_tenant(own.organization_id, _is_there, own)
    except DatabaseError:
        return True  # it is asked again in a few seconds, and a new answer needs the database


def _is_there(own: OwnKey) -> bool:
    held = ProviderKey.objects.filter(pk=own.id, revoked_at=None, fingerprint=own.fingerprint)
    return held.exists()
