"""Addresses of second factors that the library answers otherwise: on another login's transaction,
or without a warning."""

from allauth.mfa.recovery_codes.views import generate_recovery_codes
from django.db import transaction
from django.urls import path

from askorac.tenancy.router import ACCOUNTS

from .factor_views import RemoveAppView, RemovePasskeyView

urlpatterns = [
    path("totp/deactivate/", RemoveAppView.as_view(), name="mfa_deactivate_totp"),
    path("webauthn/keys/<int:pk>/remove/", RemovePasskeyView.as_view(), name="mfa_remove_webauthn"),
    # The library locks the user's row, which lies with the accounts role.
    path(
        "recovery-codes/generate/",
        transaction.atomic(using=ACCOUNTS)(generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
]
