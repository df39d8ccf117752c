"""`manage.py show_isolation`: who reaches which table, as declared and as the catalog confirms."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from askorac.tenancy.catalog import tenant_models, violations
from askorac.tenancy.isolation import Isolation


def _columns(isolation: Isolation) -> str:
    if isolation.reading:
        return f"{len(isolation.reading)} columns, where its organization lets them in"
    return f"{len(isolation.staff)} columns"


class Command(BaseCommand):
    help = "Print what each role and each public door reaches, and whether the catalog agrees."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{'table':28} {'public door':14} {'app':30} {'accounts':16} staff")
        for model in sorted(tenant_models(), key=lambda model: model._meta.db_table):
            isolation = model.isolation
            self.stdout.write(
                f"{model._meta.db_table:28} {isolation.public:14} {', '.join(isolation.app):30}"
                f" {', '.join(isolation.accounts) or '-':16} {_columns(isolation)}"
            )
        found = violations()
        for sentence in found:
            self.stderr.write(sentence)
        if found:
            raise CommandError("The database does not isolate as declared.")
        self.stdout.write("The catalog agrees.")
