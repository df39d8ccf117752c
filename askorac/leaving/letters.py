"""Mail to the people of an organization about what leaves it and what ends."""

import json
from collections.abc import Sequence
from smtplib import SMTPException
from typing import Any, Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from projects.models import ErasureReceipt, Member, Role
from projects.receipts import given
from projects.unconfirmed import NOBODYS

AWAY: Final = "Mail can't be sent right now. It is tried again."
PAUSE_SECONDS: Final = 60.0


class MailAway(Exception):
    """The mail server takes nothing at the moment."""


def owners() -> list[str]:
    """The addresses of the owners of the open organization, in the order in which they came; not of
    one who never confirmed theirs."""
    rows = Member.objects.filter(role=Role.OWNER).exclude(user__email__endswith=NOBODYS)
    return list(rows.order_by("created_at", "id").values_list("user__email", flat=True))


def attachment_of(receipt: ErasureReceipt) -> tuple[str, str]:
    """A receipt as a file. Raises KeyRevoked or KeysAway if it could not be signed yet."""
    text = json.dumps(given(receipt), indent=2)
    return f"receipt-{receipt.pk}.json", text


def send(
    letter: str, /, *, to: Sequence[str], attached: Sequence[tuple[str, str]] = (), **told: Any
) -> None:
    """Send the letter `emails/<letter>` to each of them, with JSON `attached` by file name.

    Open no context around it. Raises MailAway.
    """
    context = {**told, "public_url": settings.PUBLIC_URL}
    subject = " ".join(render_to_string(f"emails/{letter}_subject.txt", context).split())
    text = render_to_string(f"emails/{letter}_message.txt", context)
    for address in to:
        mail = EmailMessage(subject, text, to=[address])
        for file_name, content in attached:
            mail.attach(file_name, content, "application/json")
        try:
            mail.send()
        except (SMTPException, OSError) as error:
            raise MailAway(AWAY) from error
