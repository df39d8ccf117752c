"""The doctor looks at the mail server, and sends nothing."""

import smtplib
import ssl
from collections.abc import Iterator
from typing import Final

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends import smtp

from .examination import Finding, ill, remark, well

SUBJECT: Final = "Mail"
WAIT_SECONDS: Final = 5


def mail() -> Iterator[Finding]:
    """The mail server of EMAIL_URL greets, speaks TLS as the address says, and takes the login."""
    connection = get_connection(timeout=WAIT_SECONDS)
    if not isinstance(connection, smtp.EmailBackend):
        yield remark(
            SUBJECT,
            f"EMAIL_URL is not set: what would be sent lies in {settings.EMAIL_FILE_PATH}",
        )
        return
    try:
        connection.open()
        session = connection.connection
        assert session is not None
        session.ehlo_or_helo_if_needed()
    except (smtplib.SMTPException, OSError) as error:
        yield ill(SUBJECT, _why(error), "Start the mail server, or mend EMAIL_URL.")
    else:
        yield well(SUBJECT, f"{settings.EMAIL_HOST} takes mail")
    finally:
        connection.close()


def _why(error: Exception) -> str:
    """Without its message, which may repeat the login."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "the login is refused"
    if isinstance(error, ssl.SSLError):
        return f"TLS to it fails ({type(error).__name__})"
    return f"can't be reached ({type(error).__name__})"
