"""Mail of an installation without a mail server: it lies in a folder, for nobody but the operator.

It holds codes, links and addresses, so that it must not stand in a log.
"""

import os
from typing import Any

from django.conf import settings
from django.core.mail.backends import filebased


class EmailBackend(filebased.EmailBackend):
    """As Django's, with a folder and files that no other account of the machine reads."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        settings.EMAIL_FILE_PATH.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings.EMAIL_FILE_PATH.chmod(0o700)
        super().__init__(*args, **kwargs)

    def open(self) -> bool:
        """Begin a file, unless there is one; whether it was begun."""
        if self.stream is not None:
            return False
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self.stream = os.fdopen(os.open(self._get_filename(), flags, 0o600), "ab")
        return True
