"""How many mails of the login go to one address: whoever asks for more is answered the same, and
nothing is sent.

What one place asks for is counted first, and by itself: nobody uses up another's mails alone. A
device that the account's owner has logged in with is a place of its own.
"""

from typing import Final

from django.http import HttpRequest

from askorac.tenancy.origins import current_origin, network_of

from .attempts import account_of, count, known_device

HOUR_SECONDS: Final = 3600
MINUTE_SECONDS: Final = 60
# Mails an hour to one address: asked for from one place, and from all that are new to it together.
FROM_A_PLACE: Final = 5
FROM_STRANGERS: Final = 20
# Requests a minute from one place, for whatever addresses.
A_MINUTE: Final = 20
# By allauth's names: a code, "there is an account", "there is none", and a link for a new password.
BOUNDED: Final = frozenset(
    {
        "account/email/email_confirmation",
        "account/email/email_confirmation_signup",
        "account/email/account_already_exists",
        "account/email/unknown_account",
        "account/email/password_reset_key",
    }
)


def may_mail(request: HttpRequest, *, address: str) -> bool:
    """Count a mail to an address, whether somebody's or nobody's, and tell whether it may go.

    Raises redis.RedisError when nobody can count.
    """
    account = account_of(address)
    if device := known_device(request, login=address):
        return count(f"mail:{account}:{device}", seconds=HOUR_SECONDS) <= FROM_A_PLACE
    from_here = count(f"mail:{account}:from:{_place()}", seconds=HOUR_SECONDS)
    # What is not sent uses up nothing.
    return (
        from_here <= FROM_A_PLACE
        and count(f"mail:{account}", seconds=HOUR_SECONDS) <= FROM_STRANGERS
    )


def may_ask(request: HttpRequest, *, address: str, step: str) -> bool:
    """Count a request for a link or an account, and tell whether its place has not sent too many.

    Raises redis.RedisError when nobody can count.
    """
    place = known_device(request, login=address) or _place()
    return count(f"{step}:{place}", seconds=MINUTE_SECONDS) <= A_MINUTE


def _place() -> str:
    return network_of(current_origin().address)
