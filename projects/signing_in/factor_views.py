"""The pages that remove a second factor, with what follows from removing the last one."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import DeactivateTOTPView
from allauth.mfa.webauthn.views import RemoveWebAuthnView

from .second_factor_rule import organizations_requiring_it
from .second_factors import is_last_factor


class RemoveAppView(DeactivateTOTPView):  # type: ignore[misc]  # allauth carries no types
    """The library's, with a warning."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "shut_out_of": _lost(self.authenticator)}


class RemovePasskeyView(RemoveWebAuthnView):  # type: ignore[misc]
    """The library's, with a warning."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "shut_out_of": _lost(self.object)}


def _lost(factor: Authenticator) -> list[str]:
    """The organizations that the user does not get into any more without this factor."""
    return organizations_requiring_it(factor.user_id) if is_last_factor(factor) else []
