"""The doctor looks whether what was erased is gone, and whether purges and sweeps get done."""

from collections.abc import Iterator
from typing import Final

from askorac.jobs.models import Job, State
from askorac.tenancy.router import STAFF
from projects.receipts import SWEEP
from projects.retention.rules import PURGE
from projects.retention.sweeping import find_strays

from .examination import Finding, ill, well

SUBJECT: Final = "What was erased"
SWEEP_IT: Final = "Run `manage.py sweep_erased`: it takes it away, and says how much it was."
TRY_AGAIN: Final = "Look at their reasons under Jobs in /admin/, and try them again there."


def erased() -> Iterator[Finding]:
    """Nothing is left of organizations that are gone, and no purge and no sweep has failed."""
    strays = {name: len(gone) for name, gone in find_strays().items()}
    for name, count in strays.items():
        yield ill(SUBJECT, f"{name} hold something of {count} that are gone", SWEEP_IT)
    jobs = Job.objects.using(STAFF).filter(kind__in=[PURGE, SWEEP], state=State.FAILED)
    failed = jobs.count()
    if failed:
        yield ill(SUBJECT, f"purges or sweeps that failed: {failed}", TRY_AGAIN)
    if not strays and not failed:
        yield well(SUBJECT, "nothing is left of it, and no purge has failed")
