"""Addresses of second factors that the library answers on another login's transaction."""

from allauth.mfa.recovery_codes.views import generate_recovery_codes
from django.db import transaction
from django.urls import path

from askorac.tenancy.router import ACCOUNTS

urlpatterns = [
    # The library locks the user's row, which lies with the accounts role.
    path(
        "recovery-codes/generate/",
        transaction.atomic(using=ACCOUNTS)(generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
]
