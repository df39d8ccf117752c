"""`manage.py indexer`: the one long-running process with the owner's login; it reads counts."""

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError, connections

from knowledge.indexing import OWNER, tend_indexes


class Command(BaseCommand):
    help = "Build and drop the vector indexes of large projects, until stopped."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="look once, and end")
        parser.add_argument("--every", type=float, default=15.0, help="seconds between looks")

    def handle(self, *args: Any, once: bool, every: float, **options: Any) -> None:
        self.check(include_deployment_checks=not settings.DEVELOPMENT)
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        while not stop.is_set():
            try:
                tend_indexes()
            except OperationalError as error:
                self.stderr.write(f"The database is away ({type(error).__name__}); looking again.")
                connections[OWNER].close()
            if once or stop.wait(every):
                return
