"""Which models can be chosen for a project: what its accounts list, and what is on this server."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from askorac.sealing import SealFault, keyrings
from keys.choices import Choice, choice_ready
from keys.our_models import has_account, our_account
from keys.own_accounts import own_account
from keys.providers.accounts import Account
from keys.providers.adapters import PROVIDERS
from keys.providers.addresses import is_azure
from keys.providers.base import ProviderFault
from keys.providers.listing import list_models
from keys.providers.offers import ModelOffer


@dataclass(frozen=True, slots=True)
class Offer:
    """A model as it is chosen, `provider/model`, and what its provider calls it."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Offers:
    """What may answer, and what may embed."""

    chat: tuple[Offer, ...]
    embedding: tuple[Offer, ...]


async def offers_of(organization_id: UUID, project_id: UUID) -> Offers:
    """What can be chosen now. A provider that does not list its models now is left out.

    Call it with no context open. Raises nothing of a provider's, and no SealFault.
    """
    choice = await choice_ready(organization_id, project_id)
    accounts = await _accounts(organization_id, choice)
    lists = await asyncio.gather(*(_listed(*each) for each in accounts.items()))
    found = [(provider, offer) for provider, offers in lists for offer in offers]
    chat = [
        Offer(f"{provider}/{offer.name}", offer.label)
        for provider, offer in found
        if offer.kind == "chat"
    ]
    # Of another the dimensions are not known, and have to be typed.
    embedding = [
        Offer(f"{provider}/{offer.name}", offer.label)
        for provider, offer in found
        if offer.kind == "embedding" and offer.dimensions
    ]
    return Offers(
        (*chat, Offer("local/quotes", "Quotes the documents, on this server")),
        (*embedding, Offer("local", "On this server: nothing leaves it")),
    )


async def _accounts(organization_id: UUID, choice: Choice) -> dict[str, Account]:
    """The account that would be used at each provider."""
    if not choice.is_held:
        return {each: our_account(each) for each in PROVIDERS if has_account(each)}
    try:
        await keyrings.ready(organization_id)
        own = {key.provider: own_account(key) for key in reversed(choice.keys)}
    except SealFault:
        return {}
    # Azure lists what could be deployed, not what is.
    return {provider: each for provider, each in own.items() if not is_azure(each.base_url)}


async def _listed(provider: str, account: Account) -> tuple[str, tuple[ModelOffer, ...]]:
    try:
        return provider, await list_models(provider, account)
    except ProviderFault:
        return provider, ()
