"""What somebody types about a provider key, made usable and checked at the provider."""

from dataclasses import dataclass, field
from typing import Final

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.exceptions import ValidationError

from askorac.net.addresses import is_within
from askorac.net.faults import Forbidden
from askorac.net.urls import target_of
from keys.models import Provider
from keys.own_accounts import account_at
from keys.providers.accounts import Account
from keys.providers.addresses import ADDRESSES, azure_problem, is_azure
from keys.providers.base import KeyRejected, ProviderFault, ProviderUnavailable
from keys.providers.checking import check_key
from keys.providers.offers import ModelOffer
from keys.providers.shapes import NOT_A_KEY, shape_problem
from projects.wording import one_line, usable_line

MOST_LABEL: Final = 80
MOST_KEY: Final = 1_000
MOST_MODEL: Final = 120
MOST_ADDRESS: Final = 500
OFFERED: Final = (Provider.OPENAI, Provider.ANTHROPIC, Provider.GEMINI)

NO_LABEL: Final = "Give the key a label that says whose account it is."
NO_KEY: Final = "Type the key: it is kept sealed, and not shown again."
REFUSED: Final = "The provider refused this key. Check that it is not revoked, and copy it again."
NOT_HTTPS: Final = "Give an address that begins with https://, so that the key travels sealed."
NO_QUERY: Final = "Give the address without a question mark and what follows it."
OWN_ADDRESS_ONLY: Final = "Another address can be given for OpenAI only, and servers like it."
PRIVATE: Final = (
    "This address leads into a private network, and no key is sent there from here. Give a public "
    "one, or ask who runs AskOrac to let that network through (ALLOW_PRIVATE_ADDRESSES)."
)
OTHER_PORT: Final = (
    "Public servers are asked on the port 443 only. Give an address without a port number, or ask "
    "who runs AskOrac to let the server's network through (ALLOW_PRIVATE_ADDRESSES)."
)
NOT_REACHED: Final = (
    "The server at this address could not be reached, or has failed. Check the address, or try "
    "again in a moment."
)
NO_DEPLOYMENT: Final = "Name the deployment that is to answer: Azure calls its models by that."
NO_MODEL: Final = "This server lists no models. Name the one that is to answer."


@dataclass(frozen=True, slots=True)
class NewKey:
    """What somebody has typed. `base_url` and `model` may be empty."""

    provider: str
    label: str
    key: str = field(repr=False)
    base_url: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class CheckedKey:
    """What is kept, after the provider has accepted it."""

    label: str
    key: str = field(repr=False)
    base_url: str
    model: str


def checked(new: NewKey) -> CheckedKey:
    """What was typed, as it is kept, after the provider has accepted it. All wrongs at once."""
    wrong: dict[str, str] = {}
    label = base_url = ""
    try:
        label = label_of(new.label)
    except ValidationError as error:
        wrong["label"] = error.messages[0]
    try:
        base_url = _base_url(new)
    except ValidationError as error:
        wrong["base_url"] = error.messages[0]
    if problem := _key_problem(new, base_url):
        wrong["key"] = problem
    if new.provider not in OFFERED:
        wrong["provider"] = "Choose one of the providers."
    if wrong:
        raise ValidationError(wrong)
    models = _ask(new.provider, account_at(new.provider, base_url, new.key))
    model = one_line(new.model)[:MOST_MODEL]
    if is_azure(base_url) and not model:
        raise ValidationError({"model": NO_DEPLOYMENT})
    if base_url and not model:
        model = next((offer.name for offer in models if offer.kind == "chat"), "")
        if not model:
            raise ValidationError({"model": NO_MODEL})
    return CheckedKey(label, new.key, base_url, model)


def _ask(provider: str, account: Account) -> tuple[ModelOffer, ...]:
    try:
        return async_to_sync(check_key)(provider, account)
    except KeyRejected as fault:
        is_refused = fault.sentence == KeyRejected.default_sentence
        told = REFUSED if is_refused else f"{fault.sentence} The key was not kept."
        raise ValidationError({"key": told}) from None
    except ProviderFault as fault:
        where = "base_url" if account.is_guarded else "provider"
        is_down = fault.sentence == ProviderUnavailable.default_sentence
        told = NOT_REACHED if account.is_guarded and is_down else fault.sentence
        raise ValidationError({where: f"{told} The key was not kept."}) from None


def label_of(text: str) -> str:
    """A label as it is kept. Raises ValidationError."""
    return usable_line(text, most=MOST_LABEL, missing=NO_LABEL)


def _key_problem(new: NewKey, base_url: str) -> str:
    if not new.key:
        wants_none = base_url and not is_azure(base_url)
        return "" if wants_none else NO_KEY
    if len(new.key) > MOST_KEY:
        return NOT_A_KEY
    return shape_problem(new.provider, new.key, is_vendor=not base_url)


def _base_url(new: NewKey) -> str:
    """The address in one spelling; empty for the provider's own. Raises ValidationError."""
    text = one_line(new.base_url).rstrip("/")
    if not text:
        return ""
    if new.provider != Provider.OPENAI:
        raise ValidationError(OWN_ADDRESS_ONLY)
    if problem := azure_problem(text):
        raise ValidationError(problem)
    if "?" in text or "#" in text:
        raise ValidationError(NO_QUERY)
    try:
        target = target_of(text, allow=settings.ALLOW_PRIVATE_ADDRESSES)
    except Forbidden as error:
        # What is said of pages that are read helps nobody here.
        told = {"address": PRIVATE, "port": OTHER_PORT}.get(error.code, error.sentence)
        raise ValidationError(told) from None
    # A name is looked up when it is connected to, and refused then if it is a public one.
    is_private = target.literal is None or is_within(
        target.literal, settings.ALLOW_PRIVATE_ADDRESSES
    )
    if target.scheme != "https" and not (settings.ALLOW_PRIVATE_ADDRESSES and is_private):
        raise ValidationError(NOT_HTTPS)
    address = target.url.rstrip("/")
    return "" if address == ADDRESSES[new.provider] else address
