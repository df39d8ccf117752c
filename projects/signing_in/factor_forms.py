"""What is typed of second factors: the first code of an authenticator app, and later ones."""

import logging
from typing import Any, Final, NoReturn

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, generate_totp_secret
from django import forms
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from askorac.sealing import Tampered
from askorac.tenancy.router import ACCOUNTS
from askorac.web.logs import LogEvent, log

from .attempts import Attempt, take_attempt
from .second_factors import FactorAdapter
from .sign_ins import tell_refused

# Longer than the app's code is taken, half a minute early and late included.
USED_SECONDS: Final = 120
USED_ALREADY: Final = "This code was used already. Wait until the app shows the next one."
UNREADABLE: Final = (
    "Your second factor can't be read. Ask who runs this installation: its SECRET_KEY was changed,"
    " and the former one belongs into SECRET_KEY_FALLBACKS."
)
CODE: Final = {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}


class ActivateForm(ActivateTOTPForm):  # type: ignore[misc]  # allauth carries no types
    """The library's, with the new secret sealed while the session keeps it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.user = kwargs.pop("user")
        forms.Form.__init__(self, *args, **kwargs)
        self.secret = self._secret()
        self.fields["code"].label = "The code that the app shows"
        self.fields["code"].widget.attrs = {**CODE}

    def _secret(self) -> str:
        session, adapter = context.request.session, FactorAdapter()
        if self.is_bound and (kept := session.get(SECRET_SESSION_KEY)):
            return adapter.decrypt(kept)
        secret: str = generate_totp_secret()
        session[SECRET_SESSION_KEY] = adapter.encrypt(secret)
        return secret


class _Code:
    """A code of the app, or one of the recovery codes, each of them once."""

    user: Any
    cleaned_data: dict[str, Any]
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = "Code"
        self.fields["code"].help_text = "The one that your app shows, or a recovery code."
        self.fields["code"].widget.attrs = {**CODE, "autofocus": True}

    def clean_code(self) -> str:
        """The code, once its factor is known. The library looks for rows of the app's role."""
        attempt = take_attempt(context.request, login=self.user.email, step="code")
        if not attempt.is_allowed:
            self._hold_off(attempt)
        try:
            with transaction.atomic(using=ACCOUNTS):
                code: str = super().clean_code()  # type: ignore[misc]
        except Tampered as fault:
            log(LogEvent.SEAL_TAMPERED, level=logging.ERROR, broken=fault)
            raise forms.ValidationError(UNREADABLE) from None
        is_app = self.authenticator.type == Authenticator.Type.TOTP  # type: ignore[attr-defined]
        digits = "".join(each for each in code if each.isdigit())
        if is_app and not cache.add(f"totp:{self.user.pk}:{digits}", True, timeout=USED_SECONDS):
            raise forms.ValidationError(USED_ALREADY)
        attempt.succeeded()
        return code

    def _hold_off(self, attempt: Attempt) -> NoReturn:
        if attempt.is_first_refused:
            now = timezone.now()
            tell_refused(context.request, user=self.user, reason="too many codes", now=now)
        raise get_account_adapter().validation_error("too_many_login_attempts")


class CodeForm(_Code, AuthenticateForm):  # type: ignore[misc]
    """The second step of a login."""


class CodeAgainForm(_Code, ReauthenticateForm):  # type: ignore[misc]
    """The same, before what can't be undone."""
