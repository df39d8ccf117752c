"""The page on which a mailed code is typed, and another one asked for."""

import time
from typing import Final

from allauth.account.internal.decorators import login_not_required
from allauth.account.views import ConfirmEmailVerificationCodeView
from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

PAUSE_SECONDS: Final = 30
WAIT: Final = "Another code can be sent in {} seconds. The one on its way is still good."


class CodeView(ConfirmEmailVerificationCodeView):  # type: ignore[misc]  # allauth carries no types
    """The library's. Another code is a mail to whom a first one went: also to who has an account,
    so that no time is saved that would tell it."""

    def _resend_form_valid(self, form: Form) -> HttpResponse:
        process = self._process
        seconds = process.state["at"] + PAUSE_SECONDS - time.time()
        if seconds > 0:
            messages.warning(self.request, WAIT.format(int(seconds) + 1))
        else:
            process.generate_code()
            process.send()
            process.record_resend()
            process.state["at"] = time.time()  # it works as long as the first one would have
            process.persist()
        return redirect(self.passthrough_next_url(reverse("account_email_verification_sent")))


@login_not_required  # type: ignore[untyped-decorator]
def email_verification_sent(request: HttpRequest) -> HttpResponseBase:
    """In the place of the library's."""
    answer: HttpResponseBase = CodeView.as_view()(request)
    return answer
