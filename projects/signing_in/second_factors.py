"""Second factors: how they lie in the database, how they are drawn, and which a user has."""

import base64
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import qrcode
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Coalesce, Lower, NullIf
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from askorac.sealing import Tampered
from askorac.tenancy.context import require, tenant
from askorac.tenancy.router import ACCOUNTS
from askorac.web.authenticated import authenticated_at, second_factor_at

from ..models import Member, Role, User

_PURPOSE: Final = b"askorac second factors v1"
_NONCE_BYTES: Final = 12
_QUIET: Final = 4  # squares of white around the code, as its standard asks
MOST_NAMED: Final = 20
PROOFS: Final = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth carries no types
    """allauth's, with secrets that a dump of the database does not open, and our words."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This code is not right. Take the one that the app shows now.",
        "unverified_email": "Confirm your email address first: it is the way back in.",
    }

    def encrypt(self, text: str) -> str:
        """Sealed under a key that follows from SECRET_KEY, in base64."""
        nonce, cipher = os.urandom(_NONCE_BYTES), AESGCM(_key(settings.SECRET_KEY))
        return base64.b64encode(nonce + cipher.encrypt(nonce, text.encode(), _PURPOSE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """What was sealed. Raises Tampered if none of our keys opens it."""
        blob = base64.b64decode(encrypted_text)
        nonce, sealed = blob[:_NONCE_BYTES], blob[_NONCE_BYTES:]
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
            try:
                return AESGCM(_key(secret)).decrypt(nonce, sealed, _PURPOSE).decode()
            except InvalidTag:
                continue
        raise Tampered("A second factor does not open with this SECRET_KEY.")

    def build_totp_svg(self, url: str) -> SafeString:
        """The code as one path, without a style of its own: our policy has it in a file."""
        code = qrcode.QRCode(border=0)
        code.add_data(url)
        rows = code.get_matrix()
        squares = "".join(
            f"M{x} {y}h1v1h-1z"
            for y, row in enumerate(rows)
            for x, is_dark in enumerate(row)
            if is_dark
        )
        side = len(rows) + 2 * _QUIET
        return format_html(
            '<svg class="qr" role="img" aria-label="Code for an authenticator app"'
            ' viewBox="{} {} {} {}" shape-rendering="crispEdges"><path d="{}"/></svg>',
            *(-_QUIET, -_QUIET, side, side),
            squares,
        )

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002
        """Nothing to begin with: a name that nobody chose tells nobody which one it is."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return "Passkey" if not count else f"Passkey {count + 1}"


def has_factor(user_id: UUID) -> bool:
    """Whether a user has an authenticator app or a passkey. Recovery codes alone are none."""
    return bool(Authenticator.objects.filter(user_id=user_id, type__in=PROOFS).exists())


def has_app(user_id: UUID) -> bool:
    """Whether a user has an authenticator app."""
    apps = Authenticator.objects.filter(user_id=user_id, type=Authenticator.Type.TOTP)
    return bool(apps.exists())


def is_last_factor(authenticator: Authenticator) -> bool:
    """Whether the user has no factor any more without this one."""
    owned = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=PROOFS)
    return not owned.exclude(pk=authenticator.pk).exists()


def proved_at(request: HttpRequest) -> datetime | None:
    """When the person last proved who they are: by a factor, if they have one, for the password
    alone would undo it; else by the password. None without any record of it."""
    if isinstance(request.user, User) and has_factor(request.user.pk):
        return second_factor_at(request)
    return authenticated_at(request)


def has_owner_with_factor() -> bool:
    """Whether one of the open organization's owners has a factor."""
    owners = Member.objects.filter(role=Role.OWNER).values_list("user_id", flat=True)
    return any(has_factor(user_id) for user_id in owners)


@dataclass(frozen=True, slots=True)
class Lacking:
    """How many members have no second factor, and what the first few of them are called."""

    count: int
    names: tuple[str, ...]

    @property
    def unnamed(self) -> int:
        """How many more there are than names."""
        return self.count - len(self.names)


def members_without_factor() -> Lacking:
    """Whom of the open organization's members it would lead to set one up."""
    with tenant(require().organization_id, using=ACCOUNTS):
        proofs = Authenticator.objects.filter(user_id=OuterRef("user_id"), type__in=PROOFS)
        members = Member.objects.using(ACCOUNTS).filter(~Exists(proofs))
        given = NullIf("user__name", Value(""))
        called = Coalesce(given, "user__email", output_field=CharField())
        named = members.annotate(called=called)
        names = named.order_by(Lower("called"), "id").values_list("called", flat=True)
        return Lacking(members.count(), tuple(names[:MOST_NAMED]))


def _key(secret: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=_PURPOSE).derive(secret.encode())
