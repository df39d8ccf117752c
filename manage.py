#!/usr/bin/env python
"""Django's command line. Only the commands named here ever see the schema owner's login."""

import os
import sys

OWNER_COMMANDS = {"migrate", "prepare", "indexer", "restore_drill", "rotate_signing_key"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "askorac.settings")
    if sys.argv[1:] and sys.argv[1] in OWNER_COMMANDS:
        os.environ["ASKORAC_AS_OWNER"] = "1"
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"✗ Settings: {error}")


if __name__ == "__main__":
    main()
