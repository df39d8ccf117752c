"""Whether vectors lie sealed: a part of the page on encryption, and a page of its own."""

from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from knowledge.vectors.choosing import choose_sealing, read_sealing
from projects.access import MemberRequest, member_view
from projects.views.frame import is_fragment_wanted, render_fragment, render_page

SEALED: Final = "Vectors are being sealed. Answers go on meanwhile."
UNSEALED: Final = "Vectors are stored in the database's own form again. Answers go on meanwhile."


@require_safe
@member_view("encryption.manage")
def vectors(request: MemberRequest) -> HttpResponse:
    """What is chosen, and how far it is done."""
    told = read_sealing()
    if is_fragment_wanted(request):
        return render_fragment(request, "knowledge/_vectors.html", project=None, vectors=told)
    return render_page(request, "knowledge/vectors.html", room="encryption", vectors=told)


@require_POST
@member_view("encryption.manage")
def choose(request: MemberRequest) -> HttpResponse:
    """Have vectors sealed, or no longer."""
    is_wanted = request.POST.get("sealed") == "yes"
    choose_sealing(is_wanted=is_wanted, by=request.access.actor, now=timezone.now())
    messages.success(request, SEALED if is_wanted else UNSEALED)
    return redirect("keys:encryption")
