"""`manage.py prove_isolation`: two throw-away organizations against each other, by every way."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from askorac.evidence import runs
from askorac.evidence.isolation.decoys import AnotherRuns, NotRemoved
from askorac.evidence.isolation.printing import as_text
from askorac.evidence.isolation.proof import NoStaffLogin, prove
from askorac.evidence.models import Kind
from askorac.sealing import SealFault


class Command(BaseCommand):
    help = (
        "Try everything that one organization could try on another; print and keep what came of it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print all of it as JSON")
        parser.add_argument("--all", action="store_true", help="print each attempt by itself")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            proof = prove(now=now)
        except (AnotherRuns, NoStaffLogin, NotRemoved, SealFault) as error:
            raise CommandError(str(error)) from None
        report = proof.as_json()
        runs.keep(kind=Kind.ISOLATION, asked_at=now, has_held=proof.has_held, report=report)
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=1))
        else:
            for line in as_text(proof, all_attempts=options["all"]):
                self.stdout.write(line)
        if not proof.has_held:
            sys.exit(1)
