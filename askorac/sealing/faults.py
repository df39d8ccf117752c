"""Why something sealed does not open. None of these ever turns into an empty text."""

from typing import ClassVar


class SealFault(Exception):
    """Something sealed does not open, or nothing can be sealed.

    ``code`` is for programs, ``sentence`` for people; neither holds anything that was sealed.
    """

    code: ClassVar[str]
    default_sentence: ClassVar[str]

    def __init__(self, sentence: str = "") -> None:
        self.sentence = sentence or self.default_sentence
        super().__init__(self.sentence)


class KeyRevoked(SealFault):
    """The key service refuses to open the organization's keys: they were taken away."""

    code = "key_revoked"
    default_sentence = (
        "The key to this content has been taken away. Nothing is lost:"
        " everything is here again when the key is given back."
    )


class KeysAway(SealFault):
    """The key service can't be reached, and what it last said is too old to go by."""

    code = "keys_away"
    default_sentence = (
        "The service that holds the key to this content can't be reached. Nothing is lost:"
        " everything is here again when it answers."
    )


class Tampered(SealFault):
    """What was sealed has been changed, moved to another row, or sealed with a key long gone."""

    code = "tampered"
    default_sentence = "This content does not open: it is not what was sealed here."
