"""Staff come in with a second factor, and read content with one that was used just now."""

from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

_BY_CODE = "mfa_reauthenticate"


def ask_for_second_factor(request: HttpRequest) -> HttpResponse:
    """The way to the page that asks for it and leads back; for who has none, where to set one up.

    What was sent is not kept: a form is shown again, and sent again.
    """
    methods = get_adapter().get_reauthentication_methods(request.user)
    ways = [each["url"] for each in methods if each["id"].startswith(_BY_CODE)]
    if not ways:
        return render(request, "staff/second_factor.html", status=403)
    return redirect(f"{ways[0]}?{urlencode({'next': request.get_full_path()})}")
