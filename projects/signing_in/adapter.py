"""What allauth asks of us while somebody logs in."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from askorac.tenancy.origins import Origin, coming_from, current_origin, session_digest
from askorac.web.authenticated import FRESH

from ..models import Refusal, User
from ..switching import begin_where_left
from .attempts import Attempt, forget_attempts, know_device, meant_by, take_attempt
from .mails import BOUNDED, may_mail
from .second_factors import has_app, has_factor, proved_at
from .sign_ins import METHODS, note_refusal, tell


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth carries no types
    """allauth's, with our own idea of what was proved lately and of who guesses.

    Whatever is refused is refused with the same words, in the same time, for an address that has
    an account and for one that has none.
    """

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "The address or the password is not right.",
        "incorrect_code": "This code is not right, or too old.",
        "incorrect_password": "The password is not right.",
        "too_many_login_attempts": "There were too many attempts. Try again in five minutes, or"
        " from a device that you have logged in with before.",
    }

    _attempt: Attempt

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not right after a login: the library counts repeated proofs only.

        Raises ReauthenticationRequired, for it would also take a password for a second factor.
        """
        last = proved_at(context.request)
        if last is not None and timezone.now() - last <= FRESH:
            return False
        raise ReauthenticationRequired

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        """The library's. Of who has a second factor not the password, which alone would undo it;
        and first a passkey, if there is no app."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if not isinstance(user, User) or not has_factor(user.pk):
            return methods
        factors = [each for each in methods if each["id"] != "reauthenticate"]
        return factors if has_app(user.pk) else factors[::-1]

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt, in the place of the library's counting."""
        self._attempt = take_attempt(request, login=credentials["email"], step="password")
        if self._attempt.is_allowed:
            return
        if self._attempt.is_first_refused:
            _note(credentials["email"], Refusal.HELD_OFF)
        raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """As the library's."""
        user: User | None = super().authenticate(request, **credentials)
        if user is not None:
            self._attempt.succeeded()
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Keep that it was refused, whoever was meant."""
        _note(credentials["email"], Refusal.WRONG_WORD)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """As the library's, and recorded, in the session that has just begun; which is where the
        user was last."""
        if kwargs["signup"]:  # it was typed in this session, and the mailed code after it
            for method in ("password", "code"):
                record_authentication(request, user, method)
        begin_where_left(request, user)
        response: HttpResponse = super().post_login(request, user, **kwargs)
        know_device(request, response, logins={user.email, kwargs["email"] or user.email})
        session = session_digest(request.session.session_key)
        with coming_from(Origin(address=current_origin().address, session=session)):
            tell(user=user, action="user.signed_in", now=timezone.now(), method=_methods(request))
        return response

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """As the library's, with links to the one public address: those that it makes lead to
        whatever host and port a request names. Of what strangers can have sent, not too many."""
        if template_prefix in BOUNDED and not may_mail(self.request, address=email):
            return
        ours = {
            name: _at_home(value) if name.endswith("_url") else value
            for name, value in context.items()
        }
        super().send_mail(template_prefix, email, {**ours, "public_url": settings.PUBLIC_URL})

    def logout(self, request: HttpRequest) -> None:
        """As the library's, and recorded."""
        if isinstance(request.user, User):
            tell(user=request.user, action="user.signed_out", now=timezone.now())
        super().logout(request)

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """The library's name for what follows a password that was reset by mail."""
        forget_attempts(credentials["email"])


def _at_home(url: str) -> str:
    return settings.PUBLIC_URL + urlsplit(url)._replace(scheme="", netloc="").geturl()


def _note(email: str, reason: Refusal) -> None:
    user = meant_by(email)
    note_refusal(user_id=user.pk if user else None, reason=reason, now=timezone.now())


def _methods(request: HttpRequest) -> str:
    """What was shown in this login, in words."""
    records = get_authentication_records(request, request.user)
    used = [METHODS.get(each.get("type", each["method"]), each["method"]) for each in records]
    return " and ".join(dict.fromkeys(used)) or "nothing known"
