"""Whether the language model has lately failed a project's visitors, for its owner to mend."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from askorac.jobs.models import State

from .models import Turn

_MOST_LOOKED_AT: Final = 50

# What happened, and what to do, by the code that ends such a turn.
_WORDS: Final = {
    "provider_key_rejected": (
        "The provider does not accept the key, or its account has no credit left.",
        "Check the provider key, or that of the installation, and the account's credit.",
    ),
    "provider_misconfigured": (
        "The provider takes no request as it is set up here.",
        "Check the models that the project has chosen, or those that the installation has set.",
    ),
    "provider_rate_limited": (
        "The provider takes no more requests for the moment.",
        "Raise the limit of the provider's account if this comes back.",
    ),
    "provider_unavailable": (
        "The provider can't be reached, or breaks off.",
        "Check that the server reaches it, and the provider's status page.",
    ),
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """The latest questions were not answered because of the provider. `count` is how many in a
    row, at most 50; `since` and `last_at` are when the first and the last of them failed."""

    what: str
    advice: str
    count: int
    since: datetime
    last_at: datetime


def find_trouble(project_id: UUID) -> Trouble | None:
    """What is wrong since the model last answered; None if it did. One statement."""
    ended = (
        Turn.objects.filter(project_id=project_id, finished_at__isnull=False)
        .order_by("-finished_at")
        .values_list("state", "code", "provider", "finished_at")
    )
    code = ""
    times: list[datetime] = []
    for state, ended_as, provider, at in ended[:_MOST_LOOKED_AT]:
        if ended_as in _WORDS:
            code = code or ended_as
            times += [at] if at else []
        elif state == State.READY and provider:
            break
    if not times:
        return None
    what, advice = _WORDS[code]
    return Trouble(what, advice, len(times), since=times[-1], last_at=times[0])
