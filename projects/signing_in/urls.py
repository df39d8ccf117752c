"""Addresses of the login that the library answers otherwise."""

from django.urls import path

from .code_views import email_verification_sent

urlpatterns = [
    path("confirm-email/", email_verification_sent, name="account_email_verification_sent"),
]
