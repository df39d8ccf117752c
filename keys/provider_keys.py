"""Provider keys: added once they are checked, told apart, replaced and revoked; never read out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q

from askorac.net.faults import Forbidden
from askorac.net.urls import target_of
from askorac.sealing import Tampered, keyrings
from askorac.tenancy.context import require, tenant
from keys.choices import OwnKey, forget_choices
from keys.models import Provider, ProviderKey
from keys.providers.accounts import Account
from keys.providers.accounts import ProviderKey as HiddenKey
from keys.providers.base import KeyRejected, ProviderFault
from keys.providers.listing import ADDRESSES, check_key, list_models
from keys.providers.offers import ModelOffer
from keys.providers.shapes import NOT_A_KEY, shape_problem
from projects.audit import Actor, Target, record
from projects.models import Project
from projects.wording import one_line, usable_line

MOST_LABEL: Final = 80
MOST_KEY: Final = 1_000
MOST_MODEL: Final = 120
MOST_ADDRESS: Final = 500
USED_EVERY: Final = timedelta(minutes=1)
OFFERED: Final = (Provider.OPENAI, Provider.ANTHROPIC, Provider.GEMINI)
# Of a shorter key the last four characters would tell too much.
_SHORTEST_SHOWN: Final = 16

NO_LABEL: Final = "Give the key a label that says whose account it is."
NO_KEY: Final = "Type the key: it is kept sealed, and not shown again."
REFUSED: Final = "The provider refused this key. Check that it is not revoked, and copy it again."
TWICE: Final = "There is a key for this provider already. Replace that one, or revoke it first."
NOT_HTTPS: Final = "Give an address that begins with https://, so that the key travels sealed."
NO_QUERY: Final = "Give the address without a question mark and what follows it."
OWN_ADDRESS_ONLY: Final = "Another address can be given for OpenAI only, and servers like it."
NO_MODEL: Final = "This server lists no models. Name the one that is to answer."


@dataclass(frozen=True, slots=True)
class NewKey:
    """What somebody has typed. `base_url` and `model` may be empty."""

    provider: str
    label: str
    key: str = field(repr=False)
    base_url: str = ""
    model: str = ""


def add_provider_key(
    *, organization_id: UUID, project_id: UUID | None, new: NewKey, by: Actor, now: datetime
) -> ProviderKey:
    """Check a key at its provider and keep it, for the organization or for one project of it.

    Call it with no context open. Raises ValidationError with a sentence under the field that is
    wrong, and ProviderFault if the provider can't say now.
    """
    checked = _checked(new)
    try:
        with tenant(organization_id):
            if project_id and not Project.objects.filter(pk=project_id).exists():
                raise ValidationError({"project_id": "There is no such project."})
            row = ProviderKey(project_id=project_id, provider=new.provider, created_at=now)
            _set(row, checked, by=by, now=now)
            _record("provider_key.added", row, by=by, now=now)
    except IntegrityError:
        raise ValidationError({"provider": TWICE}) from None
    return row


def replace_provider_key(
    *, organization_id: UUID, key_id: UUID, new: NewKey, by: Actor, now: datetime
) -> ProviderKey:
    """Put another key, once it is checked, in the place of one; its id stays.

    With another address comes another key: the old one is never sent there. Raises as
    `add_provider_key`, and ProviderKey.DoesNotExist.
    """
    checked = _checked(new)
    with tenant(organization_id):
        active = ProviderKey.objects.select_for_update(of=("self",))
        row = active.get(pk=key_id, revoked_at=None, provider=new.provider)
        _set(row, checked, by=by, now=now)
        _record("provider_key.replaced", row, by=by, now=now)
    return row


def label_provider_key(*, row: ProviderKey, label: str, by: Actor, now: datetime) -> None:
    """Give a key another label. Raises ValidationError."""
    label = _label(label)
    if label != row.label:
        ProviderKey.objects.filter(pk=row.pk).update(label=label)
        row.label = label
        _record("provider_key.labelled", row, by=by, now=now)


def revoke_provider_key(*, row: ProviderKey, by: Actor, now: datetime) -> None:
    """Destroy what is sealed, and keep the row; again, nothing happens.

    What it answered for is asked of no account of ours until `release_provider_key`.
    """
    revoked = ProviderKey.objects.filter(pk=row.pk, revoked_at=None)
    if revoked.update(revoked_at=now, key=None):
        row.refresh_from_db()
        _record("provider_key.revoked", row, by=by, now=now)


def release_provider_key(*, row: ProviderKey, by: Actor, now: datetime) -> None:
    """Let other accounts answer again in the place of a revoked key: theirs, else ours."""
    waiting = ProviderKey.objects.filter(pk=row.pk, released_at=None).exclude(revoked_at=None)
    if waiting.update(released_at=now):
        row.released_at = now
        _record("provider_key.released", row, by=by, now=now)


def list_provider_keys() -> Sequence[ProviderKey]:
    """All keys of the organization with their projects, those in use first."""
    rows = ProviderKey.objects.select_related("project").order_by("-created_at", "id")
    return sorted(rows, key=lambda row: row.revoked_at is not None)


def get_provider_key(key_id: UUID) -> ProviderKey | None:
    """The organization's key, or None for any other id."""
    return ProviderKey.objects.select_related("project").filter(pk=key_id).first()


def note_use(key_ids: Sequence[UUID], *, now: datetime) -> None:
    """Write down that keys were used, at most once a minute."""
    due = Q(last_used_at=None) | Q(last_used_at__lte=now - USED_EVERY)
    ProviderKey.objects.filter(due, pk__in=key_ids).update(last_used_at=now)


@dataclass(frozen=True, slots=True)
class _Checked:
    label: str
    key: str = field(repr=False)
    base_url: str
    model: str


def _checked(new: NewKey) -> _Checked:
    """What was typed, as it is kept, after the provider has accepted it. All wrongs at once."""
    wrong: dict[str, str] = {}
    label = base_url = ""
    try:
        label = _label(new.label)
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
    if base_url and not model:
        model = next((offer.name for offer in models if offer.kind == "chat"), "")
        if not model:
            raise ValidationError({"model": NO_MODEL})
    return _Checked(label, new.key, base_url, model)


def account_at(provider: str, base_url: str, key: str) -> Account:
    """A customer's account: at the provider's own address, or guarded at theirs."""
    return Account(
        HiddenKey(key),
        base_url or ADDRESSES[provider],
        is_guarded=bool(base_url),
        let_through=settings.ALLOW_PRIVATE_ADDRESSES if base_url else (),
    )


def own_account(own: OwnKey) -> Account:
    """A customer's account with its key opened; nothing keeps it but who asks.

    Raises KeyRevoked, KeysAway, or Tampered also when the address was changed behind our back.
    """
    key = own.key.open(row_id=own.id)
    if _fingerprint(own.organization_id, own.provider, own.base_url, key) != own.fingerprint:
        raise Tampered
    return account_at(own.provider, own.base_url, key)


async def models_of_key(own: OwnKey) -> tuple[ModelOffer, ...]:
    """What a key may answer and embed with, as its provider lists it.

    Raises ProviderFault or SealFault.
    """
    await keyrings.ready(own.organization_id)
    return await list_models(own.provider, own_account(own))


def _fingerprint(organization_id: UUID, provider: str, base_url: str, key: str) -> str:
    """16 letters that tell a key, with where it is for, from others, and nothing of it."""
    text = f"{provider}\n{base_url}\n{key}"
    return keyrings.of(organization_id).digest(text, purpose="provider_key").hex()[:16]


def _ask(provider: str, account: Account) -> tuple[ModelOffer, ...]:
    try:
        return async_to_sync(check_key)(provider, account)
    except KeyRejected:
        raise ValidationError({"key": REFUSED}) from None
    except ProviderFault as fault:
        where = "base_url" if account.is_guarded else "provider"
        raise ValidationError({where: f"{fault.sentence} The key was not kept."}) from None


def _set(row: ProviderKey, checked: _Checked, *, by: Actor, now: datetime) -> None:
    shown = len(checked.key) >= _SHORTEST_SHOWN
    row.label, row.base_url, row.model = checked.label, checked.base_url, checked.model
    row.key, row.last_four = checked.key, checked.key[-4:] if shown else ""
    row.set_by, row.set_at = by.label, now
    row.last_used_at = None
    row.fingerprint = _fingerprint(
        require().organization_id, row.provider, row.base_url, checked.key
    )
    row.save()


def _label(text: str) -> str:
    return usable_line(text, most=MOST_LABEL, missing=NO_LABEL)


def _key_problem(new: NewKey, base_url: str) -> str:
    if not new.key:
        return NO_KEY
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
    if "?" in text or "#" in text:
        raise ValidationError(NO_QUERY)
    try:
        target = target_of(text, allow=settings.ALLOW_PRIVATE_ADDRESSES)
    except Forbidden as error:
        raise ValidationError(error.sentence) from None
    if target.scheme != "https" and not settings.ALLOW_PRIVATE_ADDRESSES:
        raise ValidationError(NOT_HTTPS)
    address = target.url.rstrip("/")
    return "" if address == ADDRESSES[new.provider] else address


def _record(action: str, row: ProviderKey, *, by: Actor, now: datetime) -> None:
    project = {"project": str(row.project_id)} if row.project_id else {}
    target = Target(kind="provider_key", id=row.pk, label=row.label)
    record(action=action, target=target, by=by, now=now, kind=row.provider, **project)
    transaction.on_commit(forget_choices)
