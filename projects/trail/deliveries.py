"""Checkpoints are sent where the customer keeps them: by mail, and to an address of the web.

What is sent is a signed statement. It holds no secret and nothing that tells of a person, and who
receives it checks its signature, so that it needs no password of its own.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from smtplib import SMTPException
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils import timezone

from askorac.jobs.leases import Failed, Later, Lease, Wake, enqueue
from askorac.net.addresses import is_private_name
from askorac.net.faults import Forbidden, Unreachable
from askorac.net.posting import post
from askorac.net.urls import target_of
from askorac.tenancy.context import require, tenant

from ..models import AuditCheckpoint, AuditDelivery, Organization
from .checkpoints import as_dict, get_checkpoint
from .recording import Actor, Target, record

MAIL: Final = "audit.mail"
WEBHOOK: Final = "audit.webhook"
MOST_ADDRESSES: Final = 5
RETRY_SECONDS: Final = 120.0
NOT_PUBLIC: Final = (
    "This name leads into a private network, which is never opened from here. Give an address that"
    " can be reached from the internet."
)
NO_HTTPS: Final = "Give an address that begins with https://."


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where checkpoints of the open organization go; empty for nowhere."""

    addresses: tuple[str, ...] = ()
    webhook_url: str = ""


def read_delivery() -> Delivery:
    """Where they go now. Raises KeyRevoked, KeysAway."""
    row = AuditDelivery.objects.first()
    if row is None:
        return Delivery()
    return Delivery(tuple(row.addresses.open() or ()), row.webhook_url.open())


def change_delivery(
    *, addresses: Sequence[str], webhook_url: str, by: Actor, now: datetime
) -> Delivery:
    """Send them there from the next one on.

    Raises ValidationError with a sentence under `addresses` or `webhook_url`.
    """
    wanted = Delivery(_usable_addresses(addresses), _usable_url(webhook_url.strip()))
    before = read_delivery()
    names = [n for n in ("addresses", "webhook_url") if getattr(wanted, n) != getattr(before, n)]
    if not names:
        return before
    organization_id = require().organization_id
    row = AuditDelivery.objects.first() or AuditDelivery(id=organization_id)
    row.addresses, row.webhook_url = list(wanted.addresses), wanted.webhook_url
    row.changed_at = now
    row.save()
    target = Target(kind="organization", id=organization_id)
    record(action="audit_delivery.changed", target=target, by=by, now=now, fields=names)
    return wanted


def plan_delivery(checkpoint: AuditCheckpoint, *, wake: Wake) -> None:
    """Have a checkpoint sent, in the transaction that made it."""
    row = AuditDelivery.objects.first()
    if row is None:
        return
    for kind, where in ((MAIL, row.addresses), (WEBHOOK, row.webhook_url)):
        if where:
            enqueue(kind=kind, target_id=checkpoint.pk, now=timezone.now(), wake=wake)


def mail_checkpoint(lease: Lease) -> None:
    """The job. Raises Later if no mail goes out."""
    with tenant(lease.organization_id):
        row, wanted = get_checkpoint(lease.target_id), read_delivery()
        name = " ".join(Organization.objects.get().name.split())
    if row is None or not wanted.addresses:
        return
    context = {"name": name, "row": row, "home": settings.PUBLIC_URL}
    mail = EmailMessage(
        f"Checkpoint {row.seq} of the audit trail of {name}",
        render_to_string("emails/checkpoint.txt", context),
        to=list(wanted.addresses),
    )
    mail.attach(f"checkpoint-{row.seq}.json", _spelled(row).decode(), "application/json")
    try:
        mail.send()
    except (OSError, SMTPException):
        raise Later("The mail server did not take it.", seconds=RETRY_SECONDS) from None


def post_checkpoint(lease: Lease) -> None:
    """The job. Raises Later for an address that does not take it now, Failed for one that can't."""
    with tenant(lease.organization_id):
        row, wanted = get_checkpoint(lease.target_id), read_delivery()
    if row is None or not wanted.webhook_url:
        return
    headers = {"Content-Type": "application/json", "User-Agent": "AskOrac", "X-Orac-Event": "audit"}
    allow = settings.ALLOW_PRIVATE_ADDRESSES
    try:
        posting = post(wanted.webhook_url, _spelled(row), headers=headers, allow=allow)
        status = asyncio.run(posting)
    except Forbidden as error:
        raise Failed(str(error)) from None
    except Unreachable as error:
        raise Later(str(error), seconds=RETRY_SECONDS) from None
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise Later(f"The address answers with {status}.", seconds=RETRY_SECONDS)


def _spelled(row: AuditCheckpoint) -> bytes:
    return json.dumps(as_dict(row), indent=2).encode()


def _usable_addresses(addresses: Sequence[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(each.strip() for each in addresses if each.strip()))
    if len(found) > MOST_ADDRESSES:
        raise ValidationError({"addresses": f"Give at most {MOST_ADDRESSES} mail addresses."})
    for each in found:
        try:
            validate_email(each)
        except ValidationError:
            raise ValidationError({"addresses": f"“{each}” is no mail address."}) from None
    return found


def _usable_url(url: str) -> str:
    if not url:
        return ""
    allow = settings.ALLOW_PRIVATE_ADDRESSES
    try:
        target = target_of(url, allow=allow)
    except Forbidden as error:
        raise ValidationError({"webhook_url": str(error)}) from None
    if target.scheme != "https" and not allow:
        raise ValidationError({"webhook_url": NO_HTTPS})
    if target.literal is None and is_private_name(target.host) and not allow:
        raise ValidationError({"webhook_url": NOT_PUBLIC})
    return target.url
